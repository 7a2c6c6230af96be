import contextlib
import functools
import os
import subprocess
import sys
import textwrap
import urllib.request
from datetime import UTC, datetime

import boto3
import botocore
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from rehearsal.aws import ecs
from rehearsal.aws.server import AwsServer, AwsServerRunningError

SERVICE = "arn:aws:ecs:eu-west-1:123456789012:service/demo/orders"
CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/demo"
REVISION = "arn:aws:ecs:eu-west-1:123456789012:service-revision/demo/orders/1"
DEPLOYMENT = "arn:aws:ecs:eu-west-1:123456789012:service-deployment/demo/orders/"


@pytest.fixture(scope="module")
def server():
    """The AWS API, for all tests of this module."""
    with AwsServer() as running:
        yield running


@pytest.fixture
def aws(server):
    """The AWS API, without faults again afterwards."""
    yield server
    server.faults.clear()


@pytest.fixture
def store(server):
    """The ECS records behind the API."""
    return ecs.store(server.account_id, server.region)


@pytest.fixture(scope="module")
def service(server):
    """A service without a deployment configuration."""
    client = server.client("ecs")
    client.create_cluster(clusterName="demo")
    return client.create_service(cluster="demo", serviceName="orders", desiredCount=1)["service"]["serviceArn"]


def deployment(number, **more):
    """A service deployment under way, created on the given day."""
    created = datetime(2026, 1, number, 12, tzinfo=UTC)
    record = {"serviceDeploymentArn": f"{DEPLOYMENT}{number}", "serviceArn": SERVICE, "clusterArn": CLUSTER}
    return {**record, "createdAt": created, "status": "IN_PROGRESS", "targetServiceRevision": {"arn": REVISION}, **more}


def waiting(number, status="AWAITING_ACTION"):
    """A service deployment with one PAUSE hook."""
    hook = {"hookId": f"hook-{number}", "targetType": "PAUSE", "status": status, "timeoutAction": "ROLLBACK"}
    return deployment(number, lifecycleHookDetails=[hook])


def error_of(call, **parameters):
    """The error that a call ends with."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]


def example(shape):
    """A value with every member that the botocore model knows."""
    if getattr(shape, "is_document_type", False):
        return {"any": ["document", 1, None]}
    match shape.type_name:
        case "structure":
            return {name: example(member) for name, member in shape.members.items()}
        case "list":
            return [example(shape.member)]
        case "map":
            return {"key": example(shape.value)}
        case "timestamp":
            return datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        case "boolean":
            return True
        case "integer" | "long":
            return 7
        case "double" | "float":
            return 12.5
        case _:
            return (shape.enum or ["text"])[0]


def run(script, **environment):
    """Run a script in a process of its own, for moto keeps one state a process."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        capture_output=True,
        check=False,
        text=True,
    )


def test_server_is_silent_and_on_loopback():
    """Starting, calling and stopping prints nothing, and nobody but this machine can reach the API."""
    done = run("""
        from rehearsal.aws.server import AwsServer
        with AwsServer() as aws:
            aws.client("ecs").list_clusters()
            assert aws.url.startswith("http://127.0.0.1:"), aws.url
    """)

    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)


def test_state_does_not_outlive_a_server():
    """What one rehearsal created, the next one does not see; neither the ECS records that moto itself lacks."""
    done = run("""
        from rehearsal.aws import ecs
        from rehearsal.aws.server import AwsServer
        with AwsServer() as aws:
            aws.client("ecs").create_cluster(clusterName="left")
            ecs.store(aws.account_id, aws.region).put_revision({"serviceRevisionArn": "left"})
        with AwsServer() as aws:
            print(aws.client("ecs").list_clusters()["clusterArns"])
            print(ecs.store(aws.account_id, aws.region).revision("left"))
    """)

    assert ["[]", "None"] == done.stdout.splitlines(), done.stderr


def test_clients_keep_away_from_the_users_endpoints():
    """Neither an endpoint nor a proxy of the user's leads a client of the rehearsal elsewhere."""
    done = run(
        """
        from rehearsal.aws.server import AwsServer
        with AwsServer() as aws:
            print(aws.client("ecs").list_clusters()["clusterArns"])
        """,
        AWS_DEFAULT_REGION="us-west-2",
        AWS_ENDPOINT_URL_ECS="http://127.0.0.1:9",
        HTTP_PROXY="http://127.0.0.1:9",
    )

    assert "[]" == done.stdout.strip(), done.stderr


def test_second_server_in_a_process_is_refused(aws):
    """Two at a time are refused, because moto would mix their states; the first goes on."""
    with pytest.raises(AwsServerRunningError, match="moto keeps one state"), AwsServer():
        pass

    assert 200 == aws.client("ecs").list_clusters()["ResponseMetadata"]["HTTPStatusCode"]


def test_environment_leads_other_processes_here(aws, service):
    """boto3 in another process finds the API by the environment alone, even behind a proxy."""
    done = run(
        """
        import boto3
        print(boto3.client("ecs").list_services(cluster="demo")["serviceArns"])
        """,
        HTTP_PROXY="http://127.0.0.1:9",
        **aws.environment(),
    )

    assert f"['{service}']" == done.stdout.strip(), done.stderr


def test_url_names_the_public_host():
    """Clients elsewhere, in a container say, get a host under which they can reach the API."""
    assert "172.18.0.1" == AwsServer("0.0.0.0", public_host="172.18.0.1").public_host
    assert "127.0.0.1" == AwsServer("0.0.0.0").public_host


CALLS = [
    ("ecs", "ListClusters", {}),
    ("elbv2", "DescribeLoadBalancers", {}),
    ("ec2", "DescribeVpcs", {}),
    ("s3", "ListBuckets", {}),
    ("ssm", "GetParameter", {"Name": "/none"}),
    ("lambda", "ListFunctions", {}),
]


@pytest.mark.parametrize(("name", "operation", "parameters"), CALLS)
def test_fault_is_told_in_the_services_own_format(aws, name, operation, parameters):
    """boto3 reads an injected error as it reads one of AWS, in each of the protocols."""
    aws.faults.fail(name, operation, "SomeException", message="<because>", status=418)
    client = aws.client(name)

    error = error_of(getattr(client, botocore.xform_name(operation)), **parameters)

    assert ("SomeException", "<because>") == (error["Code"], error["Message"])


@pytest.mark.parametrize(
    ("name", "operation", "parameters", "code", "action"),
    [
        ("ecs", "ListClusters", {}, "AccessDeniedException", "ecs:ListClusters"),
        ("elbv2", "DescribeRules", {}, "AccessDenied", "elasticloadbalancing:DescribeRules"),
        ("s3", "GetObject", {"Bucket": "some-bucket", "Key": "a/b.yaml"}, "AccessDenied", "s3:GetObject"),
    ],
)
def test_denied_call_names_the_action(aws, name, operation, parameters, code, action):
    """A call that is not allowed gets the error of IAM, with the action in its message."""
    aws.faults.deny(name, operation)

    error = error_of(getattr(aws.client(name), botocore.xform_name(operation)), **parameters)

    assert code == error["Code"]
    assert f"is not authorized to perform: {action} because" in error["Message"]


def test_call_of_an_unknown_service_is_left_to_moto(aws):
    """A call whose service no model has is passed on, and neither counted nor broken."""
    before = aws.faults.calls()
    signature = "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/no-such-service/aws4_request"
    request = urllib.request.Request(f"{aws.url}/moto-api/data.json", headers={"Authorization": signature})

    with urllib.request.urlopen(request, timeout=10) as response:
        assert 200 == response.status
    assert before == aws.faults.calls()


def test_fault_ends_after_so_many_calls(aws):
    """A fault that is limited to one call is gone when boto3 tries again."""
    before = aws.faults.calls("ecs", "ListClusters")
    aws.faults.fail("ecs", "ListClusters", times=1)

    aws.client("ecs").list_clusters()

    assert 2 == aws.faults.calls("ecs", "ListClusters") - before


def test_fault_hits_only_its_operation(aws):
    """Other operations of the service go on working, unless the fault is for all of them."""
    aws.faults.deny("ecs", "DescribeServices")
    aws.client("ecs").list_clusters()

    aws.faults.deny("ecs", "*")

    assert "AccessDeniedException" == error_of(aws.client("ecs").list_clusters)["Code"]


def test_delayed_call_meets_the_clients_time_out(aws):
    """A client with a short time-out gives up; the next call, after clear(), is answered."""
    aws.faults.delay("ecs", "ListClusters", 30)
    impatient = aws.client("ecs").meta.config.merge(Config(read_timeout=0.2, retries={"total_max_attempts": 1}))
    client = boto3.client(
        "ecs", "eu-west-1", endpoint_url=aws.url, config=impatient, aws_access_key_id="a", aws_secret_access_key="b"
    )

    with contextlib.closing(client), pytest.raises(ReadTimeoutError):
        client.list_clusters()
    aws.faults.clear()

    assert "clusterArns" in aws.client("ecs").list_clusters()


def test_garbled_answer_reaches_the_client(aws):
    """Rubbish with status 200 is passed on: XML fails to parse, JSON leaves boto3 with an empty answer."""
    aws.faults.garble("elbv2", "DescribeLoadBalancers")
    aws.faults.garble("ecs", "ListClusters")

    with pytest.raises(ResponseParserError):
        aws.client("elbv2").describe_load_balancers()
    assert {"ResponseMetadata"} == set(aws.client("ecs").list_clusters())


def test_calls_are_counted(aws):
    """A test can tell how often the API was asked: an operation, a service, or at all."""
    before = [aws.faults.calls(), aws.faults.calls("ecs"), aws.faults.calls("ecs", "ListServices")]

    aws.client("ecs").list_clusters()

    after = [aws.faults.calls(), aws.faults.calls("ecs"), aws.faults.calls("ecs", "ListServices")]
    assert [1, 1, 0] == [now - then for now, then in zip(after, before, strict=True)]


def test_unknown_arns_are_missing(aws):
    """A revision or deployment that nobody knows is a failure in the answer, not an error."""
    client = aws.client("ecs")

    revisions = client.describe_service_revisions(serviceRevisionArns=[REVISION + "9"])
    deployments = client.describe_service_deployments(serviceDeploymentArns=[DEPLOYMENT + "9"])

    assert [{"arn": REVISION + "9", "reason": "MISSING"}] == revisions["failures"]
    assert [{"arn": DEPLOYMENT + "9", "reason": "MISSING"}] == deployments["failures"]
    assert [] == revisions["serviceRevisions"] == deployments["serviceDeployments"]


@pytest.mark.parametrize("kind", ["ServiceRevision", "ServiceDeployment"])
def test_records_come_back_whole(aws, store, kind):
    """Every member that the botocore model has of a revision or a deployment arrives at the client as it was put."""
    member = kind[0].lower() + kind[1:]
    arn = f"arn:aws:ecs:eu-west-1:123456789012:whole/{kind}"
    operation = aws.client("ecs").meta.service_model.operation_model(f"Describe{kind}s")
    record = {**example(operation.output_shape.members[f"{member}s"].member), f"{member}Arn": arn}
    (store.put_revision if kind == "ServiceRevision" else store.put_deployment)(record)

    answer = getattr(aws.client("ecs"), botocore.xform_name(operation.name))(**{f"{member}Arns": [arn]})

    assert [record] == answer[f"{member}s"]


def test_records_are_copied(store):
    """What a caller does to a record after putting or getting it changes nothing in the store."""
    record = deployment(20)
    store.put_deployment(record)
    record["status"] = "SUCCESSFUL"
    store.deployment(f"{DEPLOYMENT}20")["status"] = "STOPPED"

    assert "IN_PROGRESS" == store.deployment(f"{DEPLOYMENT}20")["status"]


def test_deployments_are_listed_newest_first_in_pages(aws, store, service):
    """ListServiceDeployments goes from the newest to the oldest, page by page."""
    for number in (1, 2, 3):
        store.put_deployment(deployment(number, serviceArn=service, status="STOPPED"))
    ask = functools.partial(
        aws.client("ecs").list_service_deployments, service=service, cluster="demo", status=["STOPPED"], maxResults=2
    )

    first = ask()
    second = ask(nextToken=first["nextToken"])

    pages = [[found["serviceDeploymentArn"][-1] for found in page["serviceDeployments"]] for page in (first, second)]
    assert [["3", "2"], ["1"]] == pages
    assert "nextToken" not in second
    assert REVISION == first["serviceDeployments"][0]["targetServiceRevisionArn"]


def test_deployments_are_filtered(aws, store, service):
    """Status and time of creation narrow the list."""
    store.put_deployment(deployment(10, serviceArn=service, status="SUCCESSFUL"))
    store.put_deployment(deployment(11, serviceArn=service, status="ROLLBACK_FAILED"))
    client = aws.client("ecs")
    found = {
        "failed": client.list_service_deployments(service="orders", cluster="demo", status=["ROLLBACK_FAILED"]),
        "around the 10th": client.list_service_deployments(
            service="orders",
            cluster="demo",
            createdAt={"after": datetime(2026, 1, 10, tzinfo=UTC), "before": datetime(2026, 1, 11, tzinfo=UTC)},
        ),
    }

    assert {"failed": [f"{DEPLOYMENT}11"], "around the 10th": [f"{DEPLOYMENT}10"]} == {
        name: [record["serviceDeploymentArn"] for record in answer["serviceDeployments"]]
        for name, answer in found.items()
    }


def test_deployments_of_an_unknown_service_are_an_error(aws, service):
    """A service that is not there is told as ECS tells it."""
    error = error_of(aws.client("ecs").list_service_deployments, service="other", cluster="demo")

    assert "ServiceNotFoundException" == error["Code"]


@pytest.mark.parametrize(("given", "noted"), [({}, "CONTINUE"), ({"action": "ROLLBACK"}, "ROLLBACK")])
def test_decision_about_a_waiting_hook_is_noted(aws, store, given, noted):
    """ContinueServiceDeployment leaves the operator's decision for the controller; without an action it is to go on."""
    number = {"CONTINUE": 12, "ROLLBACK": 13}[noted]
    store.put_deployment(waiting(number))

    aws.client("ecs").continue_service_deployment(
        serviceDeploymentArn=f"{DEPLOYMENT}{number}", hookId=f"hook-{number}", **given
    )

    assert noted == store.decisions[f"hook-{number}"]


@pytest.mark.parametrize(
    ("hook", "status", "told"),
    [
        ("hook-other", "AWAITING_ACTION", "The hook hook-other was not found"),
        ("hook-5", "SUCCEEDED", "The hook hook-5 is SUCCEEDED"),
        ("hook-5", "IN_PROGRESS", "only a hook that is AWAITING_ACTION"),
    ],
)
def test_decision_about_a_hook_that_does_not_wait_is_refused(aws, store, hook, status, told):
    """An unknown hook, or one that waits for nobody, is an invalid parameter and leaves no decision."""
    store.put_deployment(waiting(5, status))

    error = error_of(aws.client("ecs").continue_service_deployment, serviceDeploymentArn=f"{DEPLOYMENT}5", hookId=hook)

    assert "InvalidParameterException" == error["Code"]
    assert told in error["Message"]
    assert hook not in store.decisions


def test_first_decision_stands(aws, store):
    """A second decision about one hook is refused."""
    store.put_deployment(waiting(6))
    decide = aws.client("ecs").continue_service_deployment
    decide(serviceDeploymentArn=f"{DEPLOYMENT}6", hookId="hook-6", action="ROLLBACK")

    error = error_of(decide, serviceDeploymentArn=f"{DEPLOYMENT}6", hookId="hook-6", action="CONTINUE")

    assert "already acted on: ROLLBACK" in error["Message"]
    assert "ROLLBACK" == store.decisions["hook-6"]


def test_stop_request_is_noted(aws, store):
    """StopServiceDeployment leaves the wish for the controller; without a type it is to roll back."""
    store.put_deployment(deployment(7))

    answer = aws.client("ecs").stop_service_deployment(serviceDeploymentArn=f"{DEPLOYMENT}7")

    assert f"{DEPLOYMENT}7" == answer["serviceDeploymentArn"]
    assert "ROLLBACK" == store.stop_requests[f"{DEPLOYMENT}7"]


def test_ended_deployment_cannot_be_stopped(aws, store):
    """What has ended cannot be stopped any more."""
    store.put_deployment(deployment(8, status="SUCCESSFUL"))

    error = error_of(aws.client("ecs").stop_service_deployment, serviceDeploymentArn=f"{DEPLOYMENT}8")

    assert ("ConflictException", "The service deployment is SUCCESSFUL and cannot be stopped.") == (
        error["Code"],
        error["Message"],
    )


@pytest.mark.parametrize(
    ("operation", "parameters"), [("stop_service_deployment", {}), ("continue_service_deployment", {"hookId": "any"})]
)
def test_acting_on_an_unknown_deployment_is_an_error(aws, operation, parameters):
    """A deployment that is not there is told as ECS tells it."""
    error = error_of(getattr(aws.client("ecs"), operation), serviceDeploymentArn=f"{DEPLOYMENT}99", **parameters)

    assert "ServiceDeploymentNotFoundException" == error["Code"]


def test_service_keeps_its_deployment_configuration(aws, service):
    """Strategy, hooks with any details, and the load balancer's advanced configuration come back; an update changes what it names."""
    client = aws.client("ecs")
    hook = {
        "hookTargetArn": "arn:f",
        "lifecycleStages": ["PRE_SCALE_UP"],
        "hookDetails": {"gates": {"deep": [1, None, 0.5]}},
    }
    configuration = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5, "lifecycleHooks": [hook]}
    balancer = {
        "targetGroupArn": "arn:blue",
        "containerName": "app",
        "containerPort": 80,
        "advancedConfiguration": {
            "alternateTargetGroupArn": "arn:green",
            "productionListenerRule": "arn:production",
            "testListenerRule": "arn:test",
            "roleArn": "arn:role",
        },
    }
    canary = {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 0.5, "canaryBakeTimeInMinutes": 3}}

    def described():
        found = client.describe_services(cluster="demo", services=["kept"])["services"][0]
        return found["deploymentConfiguration"], found["loadBalancers"]

    client.create_service(
        cluster="demo", serviceName="kept", loadBalancers=[balancer], deploymentConfiguration=configuration
    )
    created = described()
    client.update_service(cluster="demo", service="kept", deploymentConfiguration=canary)

    assert (configuration, [balancer]) == created
    assert ({**configuration, **canary}, [balancer]) == described()


def test_extending_moto_again_changes_nothing(aws, store):
    """The operations are added once, however often it is asked for."""
    ecs.extend_moto()
    ecs.extend_moto()
    store.put_revision({"serviceRevisionArn": REVISION})

    found = aws.client("ecs").describe_service_revisions(serviceRevisionArns=[REVISION])

    assert [{"serviceRevisionArn": REVISION}] == found["serviceRevisions"]
