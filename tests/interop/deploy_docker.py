#!/usr/bin/env python3
"""deploy/docker, as far as it can be tested without Docker: the image has the libraries that the program
is linked with and no other, what compose.yaml mounts exists, its configurations are right, its command
lines are understood, and nothing listens for strangers."""
# ctest: timeout=500
import os
import re
import subprocess

import _kafka
import _kafka_install
import _lab
from _lab import Skip, check

FOLDER = f"{_lab.SOURCE}/deploy/docker"
NEEDS_NO_LIBRARY = {"ca-certificates"}


def load(name):
    """A file of the folder, in YAML."""
    try:
        import yaml  # pylint: disable=import-outside-toplevel
    except ImportError:
        raise Skip("python3-yaml is not installed (scripts/deps)") from None
    with open(f"{FOLDER}/{name}", encoding="utf-8") as f:
        return yaml.safe_load(f)


def owner(library, paths):
    """The package that a linked library is of."""
    done = subprocess.run([_lab.tool("dpkg"), "-S", *{paths[library], f"/usr{paths[library]}",
                                                      os.path.realpath(paths[library])}],
                          capture_output=True, text=True, check=False)
    check(done.stdout, f"no package has {library}")
    return done.stdout.split(":")[0]


def has_the_libraries_of_the_program(lab):
    """Those it names itself; what those need comes with their packages."""
    text = lab.read(f"{FOLDER}/Dockerfile").split("FROM ")[2]
    installed = set(re.findall(r"(?m)^    ([a-z0-9.+-]+) \\$", text)) - NEEDS_NO_LIBRARY
    needed = re.findall(r"\(NEEDED\).*\[(.+)\]", subprocess.run(
        [_lab.tool("readelf"), "-d", _lab.SONDE], capture_output=True, text=True,
        check=True).stdout)
    paths = dict(re.findall(r"(?m)^\s*(\S+) => (\S+)", subprocess.run(
        [_lab.tool("ldd"), _lab.SONDE], capture_output=True, text=True, check=True).stdout))
    packages = {owner(library, paths) for library in needed if library in paths} - {"libc6"}
    missing = packages - installed
    check(not missing, f"not in the image: {missing}")
    # linked only once the Kafka output is
    idle = installed - packages - {"libssl3", "librdkafka1"}
    check(not idle, f"in the image for nothing: {idle}")


def mounts_what_there_is(_):
    """Sources of volumes, images with a version, ports on loopback."""
    compose = load("compose.yaml")
    own = {name for name, s in compose["services"].items() if s["image"] == "sonde"}
    made = re.findall(r"/var/lib/sonde/\w+", re.search(
        r"install -d -o sonde (?:[^\\\n]|\\\n)*", _lab.Lab.read(f"{FOLDER}/Dockerfile"))[0])
    check(own == {"sonde", "devices"}, f"of our image: {own}")
    for name, service in compose["services"].items():
        check(name in own or re.fullmatch(r"[\w./-]+:v?\d+\.\d+\.\d+", service["image"]),
              f"{name}: an image of any version: {service['image']}")
        for port in service.get("ports", []):
            check(port.startswith("127.0.0.1:"), f"{name}: port {port} for everybody")
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            check(source in compose["volumes"] or os.path.exists(f"{FOLDER}/{source}"),
                  f"{name}: no {source}")
            # a volume is whose its folder in the image is, and root's if there is none
            check(name not in own or source not in compose["volumes"]
                  or volume.split(":")[1] in made, f"{name}: the image has no {volume}")
        for other in service.get("depends_on", []):
            check(other in compose["services"], f"{name} depends on {other}")
    build = compose["services"]["sonde"]["build"]
    check(os.path.realpath(f"{FOLDER}/{build['context']}") == os.path.realpath(_lab.SOURCE)
          and os.path.exists(f"{_lab.SOURCE}/{build['dockerfile']}"), f"built of {build}")
    provided = load("grafana/dashboards/sonde.yml")["providers"][0]["options"]["path"]
    check(f"../grafana:{provided}:ro" in compose["services"]["grafana"]["volumes"],
          f"the dashboard is not at {provided}")


def starts_the_devices_it_says(lab):
    """The command line of the devices, on a port that is free."""
    words = load("compose.yaml")["services"]["devices"]["command"]
    text = " ".join(words).replace("/16:16100", "/16:0").replace("/var/lib/sonde/targets", lab.dir)
    check(text != " ".join(words), f"another command line: {words}")
    devices = lab.simulate(*text.split()[1:])
    check(len(devices.ports) == 1 and " 200 devices" in devices.err, devices.err)


def configures_collector_and_prometheus_right(lab):
    """sonde.yaml passes --check; prometheus.yml passes promtool."""
    text = lab.read(f"{FOLDER}/sonde.yaml")
    for here, there in (("/usr/share/sonde/config", f"{_lab.SOURCE}/config"),
                        ("/var/lib/sonde/targets", lab.dir)):
        check(here in text, f"no {here} in sonde.yaml")
        text = text.replace(here, there)
    lab.write("devices.json", '[{"targets": ["127.1.0.1:16100"]}]')
    community = load("compose.yaml")["services"]["sonde"]["environment"]["COMMUNITY"]
    run, status = lab.poll("-c", lab.write("sonde.yaml", text), "--check",
                           env=os.environ | {"COMMUNITY": community})
    check(status == 0, f"sonde.yaml: {run.err}")
    config = lab.write("prometheus.yml", lab.read(f"{FOLDER}/prometheus.yml"))
    os.symlink(f"{FOLDER}/../prometheus/sonde.rules.yml", lab.path("sonde.rules.yml"))
    done = subprocess.run([_lab.tool("promtool"), "check", "config", config],
                          capture_output=True, text=True, check=False)
    check(done.returncode == 0, f"prometheus.yml: {done.stdout + done.stderr}")


def gives_kafka_settings_it_knows(lab):
    """Their names, and the version that is tested with."""
    kafka = load("compose.yaml")["services"]["kafka"]
    lib = _kafka_install.jars()
    check(kafka["image"] == f"apache/kafka:{_kafka_install.version(lib)}"
          or "SONDE_KAFKA" in os.environ, f"{kafka['image']} is not what is tested with")
    known = set(_kafka.Tool(lab, lib, "127.0.0.1:1").ask("settings"))
    check("log.dirs" in known, f"settings: {known}")
    given = {name.removeprefix("KAFKA_").replace("_", ".").lower() for name in kafka["environment"]}
    check(given <= known, f"Kafka knows no {', '.join(given - known)}")


if __name__ == "__main__":
    _lab.main(has_the_libraries_of_the_program, mounts_what_there_is, starts_the_devices_it_says,
              configures_collector_and_prometheus_right, gives_kafka_settings_it_knows)
