"""The files of production: what can be held against rules where no container engine is."""

import os
import re
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from distributed import Security
from harness.ports import free_port
from harness.tls import certificates

from leadscore.cluster.opening import Cluster, connected
from leadscore.settings import LIBRARY_DEFAULTS

ROOT = Path(__file__).parents[1]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES = list(COMPOSE["services"].items())
UNIT = ROOT / "deploy/leadscore.service"
[POOL] = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["definitions"]["work_pools"].values()
CLUSTER = list(yaml.safe_load_all((ROOT / "deploy/dask.yaml").read_text(encoding="utf-8")))
SECRET = re.compile(r"password|secret|token|api_key", re.I)
GIVES_BACK = ("_RJEM_MALLOC_CONF", "ARROW_DEFAULT_MEMORY_POOL", "MALLOC_MMAP_THRESHOLD_")
KEYS = {
    *("image", "build", "user", "command", "environment", "volumes", "tmpfs", "ports", "depends_on", "healthcheck"),
    *("restart", "init", "read_only", "cap_drop", "security_opt", "stop_grace_period"),
}


def instructions() -> list[tuple[str, str]]:
    """Each instruction of the Dockerfile in capitals, with its arguments on one line."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", text, flags=re.M)).splitlines()
    return [(line.split()[0], line.partition(" ")[2]) for line in lines if line.strip()]


@pytest.mark.parametrize(("name", "service"), SERVICES)
def test_a_service_can_do_no_more_than_it_needs(name: str, service: dict[str, Any]) -> None:
    assert set(service) <= KEYS
    assert service["read_only"] is True
    assert service["user"].split(":")[0] not in ("0", "root")
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert re.fullmatch(r"[a-z/]+:\d+\.\d+(\.\d+)?(-[a-z]+)?", service["image"]), "a version, never the latest"
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


@pytest.mark.parametrize(("name", "service"), SERVICES)
def test_a_service_is_watched_and_starts_after_what_it_needs(name: str, service: dict[str, Any]) -> None:
    check = service["healthcheck"]
    assert check["test"][0] == "CMD"
    assert {"interval", "timeout", "retries", "start_period"} < set(check)
    assert service["restart"] == "unless-stopped"
    for other, how in service.get("depends_on", {}).items():
        assert other in COMPOSE["services"]
        assert how == {"condition": "service_healthy"}


def test_no_secret_stands_in_the_files() -> None:
    for _, service in SERVICES:
        for name, value in service.get("environment", {}).items():
            if SECRET.search(name) or ("://" in value and "@" in value):
                assert re.search(r"\$\{[A-Z_]+:\?", value), f"{name} is not taken from outside"
    assert not [arguments for word, arguments in instructions() if word in ("ENV", "ARG") and SECRET.search(arguments)]


def test_every_volume_is_named_or_there() -> None:
    for _, service in SERVICES:
        for volume in service.get("volumes", []):
            place, _, rest = volume.partition(":")
            assert place in COMPOSE["volumes"] or rest.endswith(":ro"), volume
            assert place in (*COMPOSE["volumes"], "./leadscore.toml") or (ROOT / place).is_file()


def test_the_image_is_pinned_lean_and_runs_as_nobody_in_particular() -> None:
    words = [word for word, _ in instructions()]
    bases = [arguments.split()[0] for word, arguments in instructions() if word == "FROM"]
    assert len(bases) == 2, "what builds is not what runs"
    assert all(re.fullmatch(r"python:\d+\.\d+\.\d+-slim-[a-z]+", base) for base in bases)
    assert "ADD" not in words
    assert [arguments for word, arguments in instructions() if word == "USER"] == ["10001:10001"]
    assert words.index("USER") < words.index("CMD")
    last = words[len(words) - words[::-1].index("FROM") :]
    assert "COPY" in last
    for word, arguments in instructions():
        if word == "RUN" and "apt-get install" in arguments:
            assert "--no-install-recommends" in arguments
            assert arguments.index("apt-get update") < arguments.index("apt-get install")
            assert "rm -rf /var/lib/apt/lists/*" in arguments
        if word in ("CMD", "ENTRYPOINT"):
            assert arguments.startswith("["), "signals reach the process itself"
        assert "sudo" not in arguments
        assert "latest" not in arguments


def test_the_image_holds_the_locked_requirements_and_no_more_than_is_named() -> None:
    installed = [arguments for word, arguments in instructions() if word == "RUN" and "pip install" in arguments]
    assert any("--require-hashes --requirement requirements.txt" in each for each in installed)
    assert all("--no-deps" in each for each in installed)
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    named = [line for line in ignored if line and not line.startswith("#")]
    assert named[0] == "*", "first nothing, then what is named"
    wanted = [line.removeprefix("!") for line in named if line.startswith("!")]
    assert all((ROOT / each).exists() for each in wanted)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
def test_the_unit_is_sound(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    text = UNIT.read_text(encoding="utf-8").replace("/opt/leadscore/bin", str(Path(sys.executable).parent))
    unit.write_text(text, encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert UNIT.name not in done.stderr


def test_the_unit_can_do_no_more_than_it_needs() -> None:
    lines = UNIT.read_text(encoding="utf-8").splitlines()
    assert {"User=leadscore", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet="} <= set(lines)
    assert not [line for line in lines if SECRET.search(line) and not line.startswith("#")]


def test_wherever_leads_are_scored_memory_that_is_freed_is_given_back() -> None:
    [cluster] = [each["data"] for each in CLUSTER if each["kind"] == "ConfigMap"]
    for environment in (POOL["job_variables"]["env"], cluster):
        assert {name: environment[name] for name in GIVES_BACK} == {name: LIBRARY_DEFAULTS[name] for name in GIVES_BACK}


def pods() -> dict[str, dict[str, Any]]:
    """The pods of the Dask cluster, by the name of their container."""
    specs = [each["spec"]["template"]["spec"] for each in CLUSTER if each["kind"] == "Deployment"]
    return {spec["containers"][0]["name"]: spec for spec in specs}


@pytest.mark.parametrize("name", ["scheduler", "worker"])
def test_a_pod_of_the_cluster_can_do_no_more_than_it_needs(name: str) -> None:
    spec = pods()[name]
    [container] = spec["containers"]
    assert spec["securityContext"] == {"runAsNonRoot": True, "runAsUser": 10001}
    assert container["securityContext"] == {
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in spec["volumes"]}
    assert "limits" in container["resources"]


@pytest.mark.acceptance
def test_the_cluster_of_the_manifests_starts_and_speaks_by_its_keys_alone(tmp_path: Path) -> None:
    made = certificates(tmp_path / "tls", "127.0.0.1")
    files = {"/tls/ca.pem": made.authority, "/tls/cert.pem": made.server, "/tls/key.pem": made.key}
    [settings] = [each["data"] for each in CLUSTER if each["kind"] == "ConfigMap"]
    environment = os.environ | {name: str(files.get(value, value)) for name, value in settings.items()}
    address = f"tls://127.0.0.1:{free_port()}"
    here = {"8786": address.rpartition(":")[2], "tls://leadscore-dask:8786": address}
    with ExitStack() as started:
        for pod in pods().values():
            words = [here.get(word, word) for word in pod["containers"][0]["command"]]
            process = subprocess.Popen([sys.executable, "-m", *words], env=environment, stderr=subprocess.DEVNULL)
            started.callback(process.wait)
            started.callback(process.kill)
        keys = Security(
            tls_ca_file=str(made.authority),
            tls_client_cert=str(made.server),
            tls_client_key=str(made.key),
            require_encryption=True,
        )
        with connected(Cluster(address, keys)) as client:
            client.wait_for_workers(1, timeout=60)
            assert client.submit(int, "7").result() == 7
