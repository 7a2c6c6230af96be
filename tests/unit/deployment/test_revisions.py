"""Service deployments and revisions, out of the words of the ECS API."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.deployment import ContainerImage, LoadBalancer, Revision
from greenlight.deployment.revisions import read_deployment, read_revision

DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("image", "tag"),
    [
        ("nginx", None),
        ("nginx:1.27", "1.27"),
        ("library/nginx:1.27", "1.27"),
        ("localhost:5000/nginx", None),
        ("localhost:5000/nginx:1.27", "1.27"),
        ("registry.example.com:5000/team/app:v1.2.3-rc.1_x", "v1.2.3-rc.1_x"),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders:42", "42"),
        (f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders@{DIGEST}", None),
        (f"localhost:5000/orders:42@{DIGEST}", "42"),
        (f"localhost:5000/orders@{DIGEST}", None),
        ("", None),
        ("nginx:", None),
    ],
)
def test_the_tag_of_an_image(image, tag):
    """A registry's port is no tag, and a digest is none either."""
    assert tag == ContainerImage("app", image, None).tag


@given(
    st.sampled_from(["", "localhost/", "localhost:5000/", "a.example.com:443/x/y/"]),
    st.from_regex(r"[a-z0-9]{1,9}", fullmatch=True),
    st.none() | st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,20}", fullmatch=True),
    st.sampled_from(["", f"@{DIGEST}"]),
)
def test_the_tag_is_found_in_every_form(registry, name, tag, digest):
    """Whatever stands around it."""
    assert tag == ContainerImage("app", f"{registry}{name}{f':{tag}' if tag else ''}{digest}", None).tag


def image(container):
    """The image of a container."""
    return ContainerImage(container, f"{container}:1", DIGEST)


def balancer(container):
    """A load balancer before a container."""
    return LoadBalancer("tg", None, None, None, container, 80)


@pytest.mark.parametrize(
    ("images", "served", "main"),
    [
        (("proxy", "app"), ("app",), "app"),
        (("proxy", "app"), ("gone", "app"), "app"),
        (("app", "proxy"), (), "app"),
        (("app", "proxy"), ("gone",), "app"),
        (("app", "proxy"), (None,), "app"),
    ],
)
def test_the_main_image_is_the_one_behind_the_load_balancer(images, served, main):
    """Not the side-car that happens to stand first; the first one where nothing says better."""
    revision = Revision("arn", "td", tuple(map(image, images)), tuple(map(balancer, served)))
    assert image(main) == revision.main_image


def test_a_suite_can_name_what_green_is_made_of():
    """The values of `{{ green.* }}`."""
    revision = read_revision(
        {
            "serviceRevisionArn": "arn:aws:ecs:eu-west-1:123456789012:service-revision/shop/orders/4980306466373577095",
            "taskDefinition": "arn:aws:ecs:eu-west-1:123456789012:task-definition/orders:42",
            "containerImages": [{"containerName": "app", "image": "orders:1.2", "imageDigest": DIGEST}],
            "loadBalancers": [{"targetGroupArn": "tg", "containerName": "app", "containerPort": 80}],
        }
    )
    assert {
        "service_revision": "arn:aws:ecs:eu-west-1:123456789012:service-revision/shop/orders/4980306466373577095",
        "revision": "4980306466373577095",
        "task_definition": "orders:42",
        "image": "orders:1.2",
        "image_tag": "1.2",
        "image_digest": DIGEST,
    } == revision.variables()


@pytest.mark.parametrize(
    "record", [{}, {"containerImages": None, "loadBalancers": None, "taskDefinition": None}, {"containerImages": []}]
)
def test_a_revision_without_images_has_none(record):
    """ECS resolves images late; what is not known is None and not an invention."""
    revision = read_revision({"serviceRevisionArn": "arn/7", **record})
    assert (None, "7", ()) == (revision.main_image, revision.id, revision.load_balancers)
    assert {None} == {revision.variables()[name] for name in ("image", "image_tag", "image_digest")}


def test_the_rules_stand_in_the_advanced_configuration():
    """Of the test listener and of production; a plain load balancer has neither."""
    revision = read_revision(
        {
            "serviceRevisionArn": "arn/7",
            "loadBalancers": [
                {"targetGroupArn": "tg-plain"},
                {
                    "targetGroupArn": "tg-one",
                    "containerName": "app",
                    "containerPort": 8080,
                    "advancedConfiguration": {
                        "alternateTargetGroupArn": "tg-two",
                        "productionListenerRule": "rule/production",
                        "testListenerRule": "rule/test",
                    },
                },
            ],
        }
    )
    assert (
        LoadBalancer("tg-plain", None, None, None, None, None),
        LoadBalancer("tg-one", "tg-two", "rule/production", "rule/test", "app", 8080),
    ) == revision.load_balancers


def test_blue_is_the_source_with_most_of_production():
    """After a failed deployment there can be several; no source at all is a create."""
    record = {
        "status": "IN_PROGRESS",
        "sourceServiceRevisions": [
            {"arn": "left over", "requestedProductionTrafficWeight": 0.0},
            {"arn": "blue", "requestedProductionTrafficWeight": 100.0},
            {"arn": "unknown"},
        ],
    }
    assert ("blue", "left over", "unknown") == read_deployment(record).source_arns
    assert () == read_deployment({"sourceServiceRevisions": []}).source_arns
    assert () == read_deployment({}).source_arns


def test_only_hooks_at_work_have_an_expiry():
    """A hook's earlier stage has its own, which is over; a PAUSE hook has no target."""
    now, past = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    record = {
        "lifecycleHookDetails": [
            {"targetArn": "hook", "status": "TIMED_OUT", "expiresAt": past},
            {"targetArn": "hook", "status": "IN_PROGRESS", "expiresAt": now},
            {"targetArn": "hook", "status": "SUCCEEDED", "expiresAt": past},
            {"targetArn": "other", "status": "IN_PROGRESS"},
            {"status": "AWAITING_ACTION", "expiresAt": now},
        ]
    }
    assert {"hook": now} == read_deployment(record).hook_expiries
