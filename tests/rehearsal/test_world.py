import json
import os
import re
import socket
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from rehearsal.world import ApplicationStartError, World

HOOK = {
    "hookTargetArn": "arn:aws:lambda:eu-west-1:123456789012:function:pre-scale-up",
    "roleArn": "arn:aws:iam::123456789012:role/hooks",
    "lifecycleStages": ["PRE_SCALE_UP"],
    "hookDetails": {"gates": "file:/gates.yaml"},
}
TEST_HEADER = {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Test", "Values": ["1"]}}


@pytest.fixture(scope="module")
def shared():
    """One world for the tests of this module."""
    with World(lifecycle_hooks=[HOOK], bake_time_in_minutes=3, test_rule_conditions=[TEST_HEADER]) as built:
        yield built


@pytest.fixture
def world(shared):
    """The world, with nothing running before and after."""
    started = []
    start = shared.start

    def start_and_remember(revision, target_group_arn):
        started.append(revision)
        start(revision, target_group_arn)

    shared.start = start_and_remember
    yield shared
    del shared.start
    for revision in started:
        shared.stop(revision)


def get(url, **headers):
    """GET a JSON document."""
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as response:
        return json.load(response)


def status_of(url, **headers):
    """The status of a GET that fails."""
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(url, **headers)
    caught.value.close()
    return caught.value.code


def wait_until_healthy(world, revision):
    """Wait, as a controller does."""
    deadline = time.monotonic() + 20
    while not world.is_healthy(revision):
        assert time.monotonic() < deadline, world.application_log(revision)
        time.sleep(0.02)


def record_of(world, revision):
    """The revision as a hook sees it."""
    found = world.aws.client("ecs").describe_service_revisions(serviceRevisionArns=[revision.arn])
    return found["serviceRevisions"][0]


def test_service_is_what_the_hooks_will_find(world):
    """The service is BLUE_GREEN, with its hooks, both rules, the other target group and a role."""
    setup = world.service

    service = world.aws.client("ecs").describe_services(cluster="demo", services=["orders"])["services"][0]

    assert setup.service_arn == service["serviceArn"]
    assert {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 3, "lifecycleHooks": [HOOK]} == service[
        "deploymentConfiguration"
    ]
    (balancer,) = service["loadBalancers"]
    assert setup.target_group_arns[0] == balancer["targetGroupArn"]
    assert {
        "alternateTargetGroupArn": setup.target_group_arns[1],
        "productionListenerRule": setup.production_rule_arn,
        "testListenerRule": setup.test_rule_arn,
        "roleArn": "arn:aws:iam::123456789012:role/orders-ecs-load-balancer",
    } == balancer["advancedConfiguration"]


@pytest.mark.parametrize("stage", ["production", "test"])
def test_rule_arn_leads_to_the_real_port(world, stage):
    """From a rule's ARN the API leads to the DNS name and port where the listener really answers."""
    elbv2 = world.aws.client("elbv2")
    rule = getattr(world.service, f"{stage}_rule_arn")
    listener_arn = rule.replace("listener-rule/", "listener/").rpartition("/")[0]

    listener = elbv2.describe_listeners(ListenerArns=[listener_arn])["Listeners"][0]
    balancer = elbv2.describe_load_balancers(LoadBalancerArns=[listener["LoadBalancerArn"]])["LoadBalancers"][0]

    assert getattr(world.service, f"{stage}_listener_arn") == listener_arn
    assert getattr(world.service, f"{stage}_url") == f"http://{balancer['DNSName']}:{listener['Port']}"
    assert ("HTTP", "internet-facing") == (listener["Protocol"], balancer["Scheme"])


def test_registered_revision_is_described(world):
    """A revision has its task definition, image and digest, and the service's load balancer; nothing is resolved yet."""
    revision = world.register_revision("7")
    again = world.register_revision("7")

    record = record_of(world, revision)

    assert f"arn:aws:ecs:eu-west-1:123456789012:service-revision/demo/orders/{revision.id}" == revision.arn
    assert "123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders:7" == revision.image
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", revision.image_digest)
    assert [{"containerName": "app", "image": revision.image, "imageDigest": revision.image_digest}] == record[
        "containerImages"
    ]
    assert world.service.test_rule_arn == record["loadBalancers"][0]["advancedConfiguration"]["testListenerRule"]
    assert "resolvedConfiguration" not in record
    assert revision.image_digest == again.image_digest
    assert revision.arn != again.arn


def test_task_definition_has_the_image(world):
    """The task definition of a revision, which becomes the service's, names the same image."""
    revision = world.register_revision("8")
    ecs = world.aws.client("ecs")

    definition = ecs.describe_task_definition(taskDefinition=revision.task_definition_arn)["taskDefinition"]
    service = ecs.describe_services(cluster="demo", services=["orders"])["services"][0]

    assert [revision.image] == [container["image"] for container in definition["containerDefinitions"]]
    assert revision.task_definition_arn == record_of(world, revision)["taskDefinition"] == service["taskDefinition"]


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"command": ["x"], "url": "http://127.0.0.1:1"}, "command and url are given"),
        ({"command": ["x"], "fault": "slow"}, "command and fault are given"),
        ({"command": []}, "the command is empty"),
        ({"fault": "flood"}, "no fault 'flood', only http-500, slow"),
        ({"url": "https://127.0.0.1:1"}, "expected http://host:port"),
        ({"url": "http://127.0.0.1:1/path"}, "expected http://host:port"),
    ],
)
def test_impossible_revision_is_refused(world, how, told):
    """A way to run a revision that cannot work is told before anything is registered or started."""
    with pytest.raises(ValueError, match=re.escape(told)):
        world.register_revision("1", **how)


def test_blue_and_green_side_by_side(world):
    """Each listener reaches the revision that its rule has the weight for, at once and under its own conditions."""
    blue, green = world.register_revision("1"), world.register_revision("2")
    first, second = world.service.target_group_arns
    for revision, group in ((blue, first), (green, second)):
        world.start(revision, group)
        wait_until_healthy(world, revision)

    world.set_weights(world.service.test_rule_arn, {first: 0, second: 100})

    assert "1" == get(f"{world.service.production_url}/version")["version"]
    assert "2" == get(f"{world.service.test_url}/version", **{"X-Test": "1"})["version"]
    assert 404 == status_of(f"{world.service.test_url}/version")


def test_started_revision_is_resolved_until_it_stops(world):
    """Only an active revision says which target group it got; after the end it is deregistered and answers no more."""
    revision = world.register_revision("1")
    group = world.service.target_group_arns[0]

    world.start(revision, group)
    wait_until_healthy(world, revision)
    resolved = record_of(world, revision)["resolvedConfiguration"]["loadBalancers"]
    world.stop(revision)
    world.stop(revision)

    assert [{"targetGroupArn": group, "productionListenerRule": world.service.production_rule_arn}] == resolved
    assert "resolvedConfiguration" not in record_of(world, revision)
    assert not world.is_healthy(revision)
    targets = world.aws.client("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert [] == targets
    assert "listening on" in world.application_log(revision)
    assert '"GET /health HTTP/1.1" 200' in world.application_log(revision)


def test_target_group_serves_one_revision(world):
    """A second revision in the same group, or the same revision twice, is a mistake that is told."""
    revision, other = world.register_revision("1"), world.register_revision("2")
    first, second = world.service.target_group_arns
    world.start(revision, first)

    with pytest.raises(ValueError, match="the group serves another"):
        world.start(other, first)
    with pytest.raises(ValueError, match="it runs"):
        world.start(revision, second)


def test_fault_is_switched_on(world):
    """A revision's fault is that of its application, which may look healthy all the same."""
    revision = world.register_revision("2", fault="http-500")
    world.start(revision, world.service.target_group_arns[0])
    wait_until_healthy(world, revision)
    world.set_weights(world.service.production_rule_arn, dict.fromkeys(world.service.target_group_arns[:1], 100))

    assert 500 == status_of(f"{world.service.production_url}/v2/orders")
    assert "could not reach the orders database" in world.application_log(revision)


def test_crashed_application_is_unhealthy(world):
    """A process that dies leaves its target group unhealthy, and can be stopped all the same."""
    revision = world.register_revision("2", fault="crash")
    group = world.service.target_group_arns[0]
    world.start(revision, group)
    wait_until_healthy(world, revision)
    order = urllib.request.Request(f"{world.service.production_url}/v2/orders", data=b"{}")

    with pytest.raises(urllib.error.HTTPError, match="502") as caught:
        urllib.request.urlopen(order, timeout=10)
    caught.value.close()

    assert not world.is_healthy(revision)
    world.stop(revision)
    assert "the order journal is corrupt" in world.application_log(revision)


@pytest.mark.parametrize("where", ["argument", "environment"])
def test_command_gets_its_port(world, where):
    """A command of the user's own hears its port by placeholder or by the environment variable PORT."""
    port = {"argument": "'{port}'", "environment": "os.environ['PORT']"}[where]
    script = f"""
        import http.server, os
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b'{{"own": true}}')
        print("my own server", flush=True)
        http.server.HTTPServer(("127.0.0.1", int({port})), Handler).serve_forever()
    """
    revision = world.register_revision("3", command=[sys.executable, "-c", textwrap.dedent(script)])
    world.start(revision, world.service.target_group_arns[0])
    wait_until_healthy(world, revision)

    assert {"own": True} == get(f"{world.service.production_url}/anything")
    assert world.application_log(revision).startswith("my own server")


@pytest.mark.parametrize("answer", ["SIG_DFL", "SIG_IGN"])
def test_command_ends_with_its_children(world, tmp_path, answer):
    """Stopping a command ends what it started as well, whether or not the command itself listens to SIGTERM."""
    script = f"""
        import signal, subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        signal.signal(signal.SIGTERM, signal.{answer})
        open({str(tmp_path / "child")!r}, "w").write(str(child.pid))
        print("ready", flush=True)
        time.sleep(600)
    """
    revision = world.register_revision("3", command=[sys.executable, "-c", textwrap.dedent(script)])
    world.start(revision, world.service.target_group_arns[0])
    while "ready" not in world.application_log(revision):
        time.sleep(0.02)

    world.stop(revision)

    assert not is_running(int((tmp_path / "child").read_text()))


def is_running(pid):
    """Whether a process still runs; one that has ended and waits for its parent does not."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_url_is_used_as_it_runs(world):
    """A server that runs already becomes a target, and goes on running when the revision stops."""
    command = [sys.executable, "-m", "rehearsal.demo_app", "--version", "elsewhere"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        port = process.stdout.readline().strip().rpartition(":")[2]
        revision = world.register_revision("4", url=f"http://localhost:{port}")
        world.start(revision, world.service.target_group_arns[0])
        wait_until_healthy(world, revision)
        told = get(f"{world.service.production_url}/version")["version"]
        world.stop(revision)
        still_there = get(f"http://127.0.0.1:{port}/version")["version"]
        process.terminate()

    assert ("elsewhere", "elsewhere", "") == (told, still_there, world.application_log(revision))


def test_application_that_does_not_come_up_is_told(world, monkeypatch, tmp_path):
    """A built-in application that ends at once is an error with what it printed."""
    broken = tmp_path / "broken.py"
    broken.write_text("raise SystemExit('no disk left')")
    monkeypatch.setattr("rehearsal.demo_app.__file__", str(broken))
    revision = world.register_revision("5")

    with pytest.raises(ApplicationStartError, match=r"version 5 .* \(exit code 1\).*\n.*no disk left"):
        world.start(revision, world.service.target_group_arns[0])
    assert not world.is_healthy(revision)


@pytest.mark.parametrize(("given", "told"), [((100, 0), (100, 0)), ((25, 75), (25, 75)), ((0.5, 99.5), (0.5, 99.5))])
def test_weights_are_percents(world, given, told):
    """What is set is read back, tenths of a percent included."""
    groups = world.service.target_group_arns

    world.set_weights(world.service.test_rule_arn, dict(zip(groups, given, strict=True)))

    assert dict(zip(groups, told, strict=True)) == world.weights(world.service.test_rule_arn)


def test_weights_of_others_are_read_as_percents(world):
    """Weights that somebody else wrote, such as 1 and 3, or none at all, are percents here."""
    first, second = world.service.target_group_arns
    rule = world.service.test_rule_arn

    def written(*weights):
        groups = [
            {"TargetGroupArn": arn, "Weight": weight} for arn, weight in zip((first, second), weights, strict=True)
        ]
        action = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
        world.aws.client("elbv2").modify_rule(RuleArn=rule, Actions=[action])
        return world.weights(rule)

    assert {first: 25, second: 75} == written(1, 3)
    assert {first: 0, second: 0} == written(0, 0)


def test_nothing_outlives_the_world():
    """Whatever ends the rehearsal, processes, ports and threads are gone afterwards, in this order of worlds."""
    script = """
        import os, socket, sys, threading
        from rehearsal.world import World
        ports = []
        try:
            with World(internal=True) as world:
                for revision, group in zip("12", world.service.target_group_arns):
                    world.start(world.register_revision(revision), group)
                for group in world.service.target_group_arns:
                    targets = world.load_balancer.configuration.targets(group)
                    ports += [port for _, port in targets]
                ports += [int(url.rpartition(":")[2]) for url in (world.service.test_url, world.aws.url)]
                raise KeyError("some mistake")
        except KeyError:
            pass
        open_ports = []
        for port in ports:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                open_ports.append(port)
            except ConnectionRefusedError:
                pass
        print(len(ports), open_ports, threading.active_count())
        with World() as again:
            print(again.aws.client("ecs").list_clusters()["clusterArns"])
    """
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(script)], capture_output=True, check=True, text=True
    )

    assert ["4 [] 1", "['arn:aws:ecs:eu-west-1:123456789012:cluster/demo']"] == done.stdout.splitlines()
    assert "" == done.stderr


def test_applications_end_when_the_rehearsal_is_killed():
    """Even SIGKILL, which leaves no time to clean up, does not leave the built-in applications behind."""
    script = """
        import time
        from rehearsal.world import World
        with World() as world:
            world.start(world.register_revision("1"), world.service.target_group_arns[0])
            print(world.load_balancer.configuration.targets(world.service.target_group_arns[0])[0][1], flush=True)
            time.sleep(600)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True
    ) as process:
        port = int(process.stdout.readline())
        process.kill()

    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except ConnectionRefusedError:
            break
        time.sleep(0.05)
    else:
        pytest.fail("the application still listens")
