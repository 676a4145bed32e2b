/*
 * What the tests ask of a Kafka cluster, by the Java client: one process for all questions of a test.
 * _kafka.py starts it (java -cp ... Tool) and writes one JSON object a line to its standard input:
 * {"do": "<name>", ...}. Each is answered by any number of lines without "end" and one with it:
 * {"end": {...}} or {"end": null, "error": "..."}. It ends when its input does.
 */
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.utils.Utils;

public final class Tool {
	private static final ObjectMapper JSON = new ObjectMapper();
	private static final Base64.Encoder BASE64 = Base64.getEncoder();
	private static final int SECONDS = 15; // one question of the cluster, if not said otherwise

	// Some nodes do not answer: they were stopped while their connections stay.
	private static final Map<String, Object> IMPATIENT =
		Map.of("request.timeout.ms", 3000, "default.api.timeout.ms", SECONDS * 1000,
		       "socket.connection.setup.timeout.ms", 2000,
		       "socket.connection.setup.timeout.max.ms", 2000, "reconnect.backoff.max.ms", 500);

	private final PrintStream out;
	private final String brokers;
	private Admin admin;

	private Tool(String brokers, PrintStream out) {
		this.brokers = brokers;
		this.out = out;
	}

	public static void main(String[] args) throws Exception {
		PrintStream out = new PrintStream(new BufferedOutputStream(System.out, 1 << 16), false,
						  StandardCharsets.UTF_8);
		System.setOut(System.err); // what the libraries print is no answer
		Tool tool = new Tool(args[0], out);
		BufferedReader in =
			new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		for (String line = in.readLine(); line != null; line = in.readLine()) {
			ObjectNode answer = JSON.createObjectNode();
			try {
				answer.set("end", tool.answer(JSON.readTree(line)));
			} catch (Exception e) {
				Throwable cause = e instanceof ExecutionException ? e.getCause() : e;
				answer.putNull("end");
				answer.put("error", cause.getClass().getSimpleName() + ": " + cause.getMessage());
			}
			out.println(answer);
			out.flush();
		}
		System.exit(0); // without the admin client's good-bye to brokers that are gone
	}

	private JsonNode answer(JsonNode q) throws Exception {
		switch (q.get("do").asText()) {
		case "format": return format(q);
		case "hash": return hash(q);
		case "settings": return settings();
		case "cluster": return cluster();
		case "create": return create(q);
		case "delete":
			return wait(admin().deleteTopics(List.of(text(q, "topic"))).all());
		case "describe": return describe(q);
		case "configure": return configure(q);
		case "lead": return lead(q);
		case "elect": return elect(q);
		case "quota": return quota(q);
		case "acl": return acl(q);
		case "ends": return ends(q);
		case "read": return read(q);
		default: throw new IllegalArgumentException("what is " + q + "?");
		}
	}

	private static String text(JsonNode q, String name) {
		return q.get(name).asText();
	}

	private static <T> JsonNode wait(KafkaFuture<T> future) throws Exception {
		future.get(SECONDS, TimeUnit.SECONDS);
		return JSON.createObjectNode();
	}

	private Admin admin() {
		if (admin == null) {
			Map<String, Object> config = new HashMap<>(IMPATIENT);
			config.put("bootstrap.servers", brokers);
			admin = Admin.create(config);
		}
		return admin;
	}

	/* The folders of new nodes: files is a list of server.properties, id that of the cluster. */
	private static JsonNode format(JsonNode q) {
		ByteArrayOutputStream said = new ByteArrayOutputStream();
		for (JsonNode file : q.get("files")) {
			int status = kafka.tools.StorageTool.execute(
				new String[] {"format", "-t", text(q, "id"), "-c", file.asText()},
				new PrintStream(said));
			if (status != 0) {
				throw new IllegalStateException(said.toString());
			}
		}
		return JSON.createObjectNode();
	}

	/* keys, in hexadecimal: for each its murmur2, and its partition where there are so many. */
	private static JsonNode hash(JsonNode q) {
		ArrayNode answer = JSON.createArrayNode();
		int partitions = q.get("partitions").asInt();
		for (JsonNode hex : q.get("keys")) {
			byte[] key = HexFormat.of().parseHex(hex.asText());
			answer.addArray()
				.add(String.format("%08x", Utils.murmur2(key)))
				.add(BuiltInPartitioner.partitionForKey(key, partitions));
		}
		return answer;
	}

	/* The names of all settings of a broker. */
	private static JsonNode settings() throws Exception {
		ArrayNode answer = JSON.createArrayNode();
		Object known = Class.forName("org.apache.kafka.server.config.AbstractKafkaConfig")
				       .getField("CONFIG_DEF").get(null);
		((ConfigDef)known).names().forEach(answer::add);
		return answer;
	}

	private JsonNode cluster() throws Exception {
		DescribeClusterResult said = admin().describeCluster();
		ArrayNode answer = JSON.createArrayNode();
		for (Node node : said.nodes().get(SECONDS, TimeUnit.SECONDS)) {
			answer.add(node.id());
		}
		return answer;
	}

	private static Map<String, String> config(JsonNode q) {
		Map<String, String> config = new HashMap<>();
		q.get("config").properties().forEach(
			e -> config.put(e.getKey(), e.getValue().isNull() ? null : e.getValue().asText()));
		return config;
	}

	private JsonNode create(JsonNode q) throws Exception {
		NewTopic topic = new NewTopic(text(q, "topic"), q.get("partitions").asInt(),
					      (short)q.get("replicas").asInt());
		return wait(admin().createTopics(List.of(topic.configs(config(q)))).all());
	}

	private TopicDescription topic(String name) throws Exception {
		return admin().describeTopics(List.of(name)).allTopicNames()
			.get(SECONDS, TimeUnit.SECONDS).get(name);
	}

	private static ArrayNode ids(List<Node> nodes) {
		ArrayNode ids = JSON.createArrayNode();
		nodes.forEach(n -> ids.add(n.id()));
		return ids;
	}

	private JsonNode describe(JsonNode q) throws Exception {
		ArrayNode answer = JSON.createArrayNode();
		for (TopicPartitionInfo p : topic(text(q, "topic")).partitions()) {
			ArrayNode row = answer.addArray();
			row.add(p.partition());
			row.add(p.leader() == null || p.leader().isEmpty() ? -1 : p.leader().id());
			row.add(ids(p.replicas()));
			row.add(ids(p.isr()));
		}
		return answer;
	}

	private static ConfigResource resource(JsonNode q) {
		return new ConfigResource(q.has("topic") ? ConfigResource.Type.TOPIC :
							   ConfigResource.Type.BROKER,
					  q.has("topic") ? text(q, "topic") : text(q, "broker"));
	}

	private JsonNode configure(JsonNode q) throws Exception {
		List<AlterConfigOp> changes = new ArrayList<>();
		config(q).forEach((name, value) -> changes.add(new AlterConfigOp(
			new ConfigEntry(name, value),
			value == null ? AlterConfigOp.OpType.DELETE : AlterConfigOp.OpType.SET)));
		return wait(admin().incrementalAlterConfigs(Map.of(resource(q), changes)).all());
	}

	/* Makes a node the first of the replicas of all partitions, so the one that shall lead. */
	private JsonNode lead(JsonNode q) throws Exception {
		int node = q.get("node").asInt();
		Map<TopicPartition, Optional<NewPartitionReassignment>> wanted = new HashMap<>();
		for (TopicPartitionInfo p : topic(text(q, "topic")).partitions()) {
			List<Integer> ids = new ArrayList<>();
			p.replicas().forEach(r -> ids.add(r.id()));
			if (!ids.remove((Integer)node)) {
				throw new IllegalArgumentException("no replica there: " + p);
			}
			ids.add(0, node);
			wanted.put(new TopicPartition(text(q, "topic"), p.partition()),
				   Optional.of(new NewPartitionReassignment(ids)));
		}
		return wait(admin().alterPartitionReassignments(wanted).all());
	}

	/* Hands all partitions to the node that is the first of their replicas. */
	private JsonNode elect(JsonNode q) throws Exception {
		Set<TopicPartition> all = new HashSet<>();
		for (TopicPartitionInfo p : topic(text(q, "topic")).partitions()) {
			all.add(new TopicPartition(text(q, "topic"), p.partition()));
		}
		var results = admin().electLeaders(ElectionType.PREFERRED, all).partitions().get(
			SECONDS, TimeUnit.SECONDS);
		for (Optional<Throwable> e : results.values()) {
			if (e.isPresent() && !(e.get() instanceof ElectionNotNeededException)) {
				throw new ExecutionException(e.get());
			}
		}
		return JSON.createObjectNode();
	}

	/* Bytes a second that all producers together with one client.id may send to a broker. */
	private JsonNode quota(JsonNode q) throws Exception {
		Map<String, String> everybody = new HashMap<>();
		everybody.put(ClientQuotaEntity.CLIENT_ID, null);
		Double rate = q.get("rate").isNull() ? null : q.get("rate").asDouble();
		return wait(admin().alterClientQuotas(List.of(new ClientQuotaAlteration(
			new ClientQuotaEntity(everybody),
			List.of(new ClientQuotaAlteration.Op("producer_byte_rate", rate))))).all());
	}

	private JsonNode acl(JsonNode q) throws Exception {
		AclBinding binding = new AclBinding(
			new ResourcePattern(ResourceType.TOPIC, text(q, "topic"), PatternType.LITERAL),
			new AccessControlEntry("User:" + text(q, "user"), "*",
					       AclOperation.fromString(text(q, "operation")),
					       AclPermissionType.DENY));
		return q.get("deny").asBoolean() ?
			wait(admin().createAcls(List.of(binding)).all()) :
			wait(admin().deleteAcls(List.of(binding.toFilter())).all());
	}

	private KafkaConsumer<byte[], byte[]> consumer() {
		Map<String, Object> config = new HashMap<>();
		config.put("bootstrap.servers", brokers);
		config.put("enable.auto.commit", false);
		config.put("isolation.level", "read_committed");
		config.put("fetch.max.bytes", 16 << 20);
		config.put("max.partition.fetch.bytes", 2 << 20);
		config.putAll(IMPATIENT);
		config.put("auto.offset.reset", "none");
		return new KafkaConsumer<>(config, new ByteArrayDeserializer(),
					   new ByteArrayDeserializer());
	}

	private static List<TopicPartition> partitions(KafkaConsumer<?, ?> consumer, JsonNode q) {
		List<TopicPartition> all = new ArrayList<>();
		consumer.partitionsFor(text(q, "topic"), Duration.ofSeconds(SECONDS)).forEach(
			p -> all.add(new TopicPartition(p.topic(), p.partition())));
		return all;
	}

	private JsonNode ends(JsonNode q) throws Exception {
		try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
			ObjectNode answer = JSON.createObjectNode();
			consumer.endOffsets(partitions(consumer, q), Duration.ofSeconds(SECONDS)).forEach(
				(p, end) -> answer.put(String.valueOf(p.partition()), end));
			return answer;
		}
	}

	private static String base64(byte[] bytes) {
		return bytes == null ? "null" : '"' + BASE64.encodeToString(bytes) + '"';
	}

	private void print(ConsumerRecord<byte[], byte[]> r) throws Exception {
		StringBuilder headers = new StringBuilder();
		for (Header h : r.headers()) {
			headers.append(headers.length() == 0 ? "[" : ",[")
				.append(JSON.writeValueAsString(h.key()))
				.append(',').append(base64(h.value())).append(']');
		}
		out.println("[" + r.partition() + "," + r.offset() + "," + r.timestamp() + ",[" + headers +
			    "]," + base64(r.key()) + "," + base64(r.value()) + "]");
	}

	/*
	 * All messages from the offsets in `from` (else from the first that is kept) up to what is the end
	 * now; at most `most` of them, and `seconds`.
	 */
	private JsonNode read(JsonNode q) throws Exception {
		long began = System.nanoTime();
		long limit = TimeUnit.SECONDS.toNanos(q.get("seconds").asLong());
		long count = 0;
		try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
			List<TopicPartition> all = partitions(consumer, q);
			Map<TopicPartition, Long> ends =
				consumer.endOffsets(all, Duration.ofSeconds(SECONDS));
			consumer.assign(all);
			consumer.seekToBeginning(all);
			for (TopicPartition p : all) {
				JsonNode from = q.path("from").path(String.valueOf(p.partition()));
				if (!from.isMissingNode()) {
					consumer.seek(p, from.asLong());
				}
			}
			Set<TopicPartition> left = new HashSet<>(all);
			left.removeIf(p -> consumer.position(p) >= ends.get(p));
			while (!left.isEmpty() && count < q.get("most").asLong()) {
				if (System.nanoTime() - began > limit) {
					throw new IllegalStateException(count + " messages read, not all");
				}
				for (ConsumerRecord<byte[], byte[]> r : consumer.poll(Duration.ofMillis(200))) {
					if (r.offset() < ends.get(new TopicPartition(r.topic(), r.partition())) &&
					    count < q.get("most").asLong()) {
						print(r);
						count++;
					}
				}
				left.removeIf(p -> consumer.position(p) >= ends.get(p));
			}
		}
		ObjectNode answer = JSON.createObjectNode();
		return answer.put("count", count);
	}
}
