// A poller on the npm package net-snmp, for comparison: one session a device, as many tasks under
// way as --window says, each with one request. bench/peers/README.md has the options and what is
// printed; bench/runner/peers_script.py installs and starts it.
'use strict';

const dgram = require('dgram');
const snmp = require('net-snmp');

const IF_TABLE = '1.3.6.1.2.1.2.2';
const IFX_TABLE = '1.3.6.1.2.1.31.1.1';
const IF_COLUMNS = 22; // of ifTable
const COLUMNS = IF_COLUMNS + 19;
const GETS = ['1.3.6.1.2.1.1.3.0'];
for (const column of [6, 10]) { // ifHCInOctets, ifHCOutOctets
	for (let i = 1; i <= 4; i++) {
		GETS.push(`${IFX_TABLE}.1.${column}.${i}`);
	}
}
GETS.push(`${IF_TABLE}.1.14.1`); // ifInErrors

const FIRST_ROUND = 5000; // ms that it may take

const count = { requests: 0, varbinds: 0, failed: 0, operations: 0 };
let base = null; // what it was when the first round was over
let end = Infinity; // no request is sent after

// From here on it counts, when each device has been asked once: what is done only at the first
// contact and the memory that it takes are left out, as they are of the others.
function measure(options) {
	base = { ...count, at: performance.now(), cpu: process.cpuUsage() };
	end = base.at + options.seconds * 1000;
}

// Failed and whole operations are those of the first round as well.
function report() {
	const cpu = process.cpuUsage(base.cpu);
	console.log(JSON.stringify({
		...count, requests: count.requests - base.requests,
		varbinds: count.varbinds - base.varbinds,
		seconds: (performance.now() - base.at) / 1000, cpu: (cpu.user + cpu.system) / 1e6
	}));
}

// The command line: options with a value each, then targets.
function parse(args) {
	const options = {
		kind: 'get10', version: '2c', seconds: 2, window: 100, timeout: 1, retries: 3,
		interfaces: 48, repetitions: 100
	};
	let i = 0;
	for (; i + 1 < args.length && args[i].startsWith('--'); i += 2) {
		const name = args[i].slice(2);
		if (!(name in options)) {
			throw new Error(`unknown option ${args[i]}`);
		}
		options[name] = typeof options[name] === 'number' ? Number(args[i + 1]) : args[i + 1];
	}
	options.targets = args.slice(i);
	return options;
}

// Addresses need no resolver, which a socket asks for every datagram unless told otherwise.
const plain = {
	createSocket: (type) => dgram.createSocket(
		{ type, lookup: (host, options, done) => done(null, host, 4) })
};

function openSession(options, target) {
	const [host, port] = target.split(':');
	const settings = {
		port: Number(port), retries: options.retries, timeout: options.timeout * 1000,
		dgramModule: plain, version: options.version === '3' ? snmp.Version3 : snmp.Version2c
	};
	if (options.version === '3') {
		return snmp.createV3Session(host, {
			name: process.env.PEER_USER, level: snmp.SecurityLevel.authPriv,
			authProtocol: snmp.AuthProtocols.sha, authKey: process.env.PEER_AUTH_PASSWORD,
			privProtocol: snmp.PrivProtocols.aes, privKey: process.env.PEER_PRIV_PASSWORD
		}, settings);
	}
	return snmp.createSession(host, process.env.PEER_COMMUNITY, settings);
}

// What is asked of one device in turn. The columns of a big one are walked side by side, else it
// would be asked one thing at a time.
function tasksOf(options, target) {
	const task = (roots, expected) => ({ target, session: null, roots, expected });
	if (options.kind === 'walk') {
		return [task([IF_TABLE, IFX_TABLE], options.interfaces * COLUMNS)];
	}
	if (options.kind === 'one_big') {
		return Array.from({ length: COLUMNS }, (_, i) => task(
			[i < IF_COLUMNS ? `${IF_TABLE}.1.${i + 1}` : `${IFX_TABLE}.1.${i - IF_COLUMNS + 1}`],
			options.interfaces));
	}
	return [task([], GETS.length)];
}

function get(task, done) {
	task.session.get(GETS, (error, varbinds) => {
		if (error) {
			done(false);
			return;
		}
		count.requests++;
		count.varbinds += varbinds.length;
		done(varbinds.length === GETS.length &&
			varbinds.every((v, i) => v.oid === GETS[i] && !snmp.isVarbindError(v)));
	});
}

// One operation: the subtrees one after the other. done(null) if it was cut short by the end.
function walk(task, options, done) {
	let root = 0;
	let below = `${task.roots[0]}.`;
	let got = 0;

	const ask = (oid) => task.session.getBulk([oid], 0, options.repetitions, answered);
	const answered = (error, columns) => {
		if (error) {
			done(false);
			return;
		}
		count.requests++;
		let at = null;
		for (const v of columns[0] || []) {
			if (snmp.isVarbindError(v) || !v.oid.startsWith(below)) {
				at = null;
				break;
			}
			at = v.oid;
			got++;
			count.varbinds++;
		}
		if (at === null && ++root < task.roots.length) {
			at = task.roots[root];
			below = `${at}.`;
		}
		if (at === null || got > task.expected) { // names that go round would never end
			done(got === task.expected);
		} else if (performance.now() >= end) {
			done(null);
		} else {
			ask(at);
		}
	};
	ask(task.roots[0]);
}

function main() {
	const options = parse(process.argv.slice(2));
	const tasks = options.targets.flatMap((target) => tasksOf(options, target));
	if (tasks.length === 0 || !(options.window >= 1)) {
		throw new Error('no targets, or no window');
	}
	const began = performance.now();
	let running = 0;
	let next = 0;

	if (options.kind === 'one_big') {
		measure(options); // its first round may be all there is
	}
	// Idle tasks wait in the order in which they were done.
	const queue = tasks.slice();
	const start = () => {
		const task = queue[next];
		queue[next] = undefined;
		next++;
		if (next > 65536 && next * 2 > queue.length) {
			queue.splice(0, next);
			next = 0;
		}
		task.session ??= openSession(options, task.target);
		running++;
		const done = (good) => {
			running--;
			count.operations += good === true;
			count.failed += good === false;
			queue.push(task);
			if (!base && (count.operations + count.failed >= tasks.length ||
				performance.now() - began > FIRST_ROUND)) {
				measure(options);
			}
			if (performance.now() < end) {
				start();
			} else if (running === 0) {
				report();
				process.exit(0);
			}
		};
		if (task.roots.length > 0) {
			walk(task, options, done);
		} else {
			get(task, done);
		}
	};
	for (let i = 0; i < Math.min(options.window, tasks.length); i++) {
		start();
	}
}

main();
