"""The images check as a gate runs it: rule by rule, against what ECS and ECR really say."""

import json
from datetime import UTC, datetime

import pytest

from greenlight.checks import Outcome
from greenlight.checks.images import ImagesSettings, prepare_images
from greenlight.deployment import Deployment
from tests.unit.checks.images.conftest import ACCOUNT, APP, DAY, INDEX, MANIFEST, REGISTRY, short
from tests.unit.fakes import DEPLOYMENT_ARN, GREEN_ARN


def test_an_image_that_keeps_every_rule_passes(world):
    """The summary names what ships."""
    digest = world.image("v1")
    world.runs(f"{APP}:v1", digest)
    result = world.ask(registries=[f"{REGISTRY}/orders/*"], pinned="tag", max_age="30d")
    assert (Outcome.PASSED, "1 image may be shipped: app orders/app:v1") == (result.outcome, result.summary)
    assert {
        "task_definition": "orders:1",
        "images": [
            {
                "container": "app",
                "image": f"{APP}:v1",
                "digest": digest,
                "outcome": "passed",
                "said": ["the manifest of one platform does not say which; its architecture was not looked at"],
                "ecr_digest": digest,
                "pushed_at": result.details["images"][0]["pushed_at"],
            }
        ],
    } == result.details
    assert result.details == json.loads(json.dumps(result.details))


def test_before_ecs_has_resolved_a_tag_the_image_that_it_names_is_looked_at(world):
    """ECS takes the digest from the first task, so that there is none at PRE_SCALE_UP."""
    digest = world.image("v1")
    world.runs(f"{APP}:v1")
    result = world.ask()
    assert (Outcome.PASSED, digest) == (result.outcome, result.details["images"][0]["ecr_digest"])


def test_an_image_from_elsewhere_fails(world):
    """The message names what is allowed."""
    world.runs("nginx:1.27", container="web")
    result = world.ask(registries=[f"{REGISTRY}/orders/*", "public.ecr.aws/docker/library/*"])
    assert Outcome.FAILED is result.outcome
    assert (
        f"web: docker.io/library/nginx is none of the allowed registries ({REGISTRY}/orders/*, "
        "public.ecr.aws/docker/library/*); push it there, or add it to `registries`"
    ) == result.summary


def test_a_long_list_of_registries_is_cut_in_the_message(world):
    """The sentence has to fit beside those of other checks."""
    world.runs("quay.io/a/b:1")
    result = world.ask(registries=[f"r{number}.example.org/*" for number in range(5)])
    assert "(r0.example.org/*, r1.example.org/*, r2.example.org/* and 2 more)" in result.summary


@pytest.mark.parametrize(
    ("image", "found"),
    [
        ("app:latest", "orders/app:latest is named latest"),
        ("app", "orders/app has neither tag nor digest, which means latest"),
    ],
)
def test_latest_is_refused(world, image, found):
    """Written or meant."""
    world.image("latest")
    world.runs(f"{REGISTRY}/orders/{image}")
    result = world.ask()
    assert Outcome.FAILED is result.outcome
    cure = "write a tag of its own or a digest in the task definition"
    assert f"app: {found}, and that moves with every push; {cure}" == result.summary


@pytest.mark.parametrize("image", ["app:latest", "app"])
def test_latest_can_be_allowed(world, image):
    """The image that it names is looked up all the same."""
    digest = world.image("latest")
    world.runs(f"{REGISTRY}/orders/{image}")
    result = world.ask(allow_latest=True)
    assert (Outcome.PASSED, digest) == (result.outcome, result.details["images"][0]["ecr_digest"])


def test_latest_with_a_digest_does_not_move(world):
    """The digest is what counts."""
    digest = world.image("latest")
    world.runs(f"{APP}:latest@{digest}", digest)
    assert Outcome.PASSED is world.ask().outcome


def test_pinned_by_digest_is_about_what_is_written(world):
    """ECS resolves tags too; the message has the very text to write."""
    digest = world.image("v1")
    world.runs(f"{APP}:v1", digest)
    result = world.ask(pinned="digest")
    assert Outcome.FAILED is result.outcome
    assert (
        "app: orders/app:v1 is named by its tag, and `pinned: digest` wants a digest; "
        f"write {APP}@{digest} in the task definition"
    ) == result.summary


def test_an_image_that_is_written_with_its_digest_is_pinned(world):
    """With a tag beside or without."""
    digest = world.image("v1")
    world.runs(f"{APP}@{digest}", digest)
    world.runs(f"{APP}:v1@{digest}", digest, container="side")
    result = world.ask(pinned="digest")
    assert Outcome.PASSED is result.outcome
    assert (
        f"2 images may be shipped: app orders/app@{short(digest)}, side orders/app:v1@{short(digest)}" == result.summary
    )


def test_a_tag_that_has_moved_is_told(world):
    """ECS runs the old image to the end, so that it harms nothing, and somebody should know."""
    old = world.image("v1")
    new = world.image("v1", content="two")
    world.image("keep", content="one")
    world.runs(f"{APP}:v1", old)
    result = world.ask()
    assert Outcome.PASSED is result.outcome
    assert (
        f"1 image may be shipped: app orders/app:v1; app: the tag v1 of orders/app names {short(new)} now, and ECS runs "
        f"{short(old)}"
    ) == result.summary


def test_a_tag_that_pins_must_not_move(world):
    """That is what `pinned: tag` is for."""
    old = world.image("v1")
    new = world.image("v1", content="two")
    world.image("keep", content="one")
    world.runs(f"{APP}:v1", old)
    result = world.ask(pinned="tag")
    assert Outcome.FAILED is result.outcome
    assert (
        f"app: the tag v1 of orders/app names {short(new)} now, and ECS runs {short(old)}; "
        "deploy again, and make the repository's tags immutable"
    ) == result.summary


def test_a_tag_beside_a_digest_may_move(world):
    """The digest is what ECS goes by; the details have it all the same."""
    old = world.image("v1")
    new = world.image("v1", content="two")
    world.image("keep", content="one")
    world.runs(f"{APP}:v1@{old}", old)
    result = world.ask(pinned="tag")
    assert (Outcome.PASSED, f"1 image may be shipped: app orders/app:v1@{short(old)}") == (
        result.outcome,
        result.summary,
    )
    moved = f"the tag v1 of orders/app names {short(new)} now, and ECS runs {short(old)}"
    assert moved in result.details["images"][0]["said"]


def test_a_tag_that_is_gone_is_told(world):
    """The image is still there by its digest."""
    digest = world.image("v1")
    world.image("v2")
    world.runs(f"{APP}:v0", digest)
    result = world.ask()
    assert Outcome.PASSED is result.outcome
    assert result.summary.endswith(f"the tag v0 of orders/app is gone, and ECS runs {short(digest)}")


def test_a_tag_of_an_index_that_holds_what_runs_has_not_moved(world):
    """Whether ECS writes down the digest of the index or of its platform's image is nobody's business."""
    image = world.image()
    world.index("v1", {"linux/amd64": image})
    world.runs(f"{APP}:v1", image)
    result = world.ask(pinned="tag")
    assert (Outcome.PASSED, "1 image may be shipped: app orders/app:v1") == (result.outcome, result.summary)
    assert ["linux/amd64"] == result.details["images"][0]["platforms"]


def test_an_image_that_ecr_does_not_have_fails(world):
    """Before any task is started in vain."""
    world.runs(f"{APP}:v9")
    result = world.ask()
    assert Outcome.FAILED is result.outcome
    assert (
        f"app: ECR has no image with the tag v9 in orders/app (account {ACCOUNT}, eu-west-1); "
        "push it, or correct the tag (a pull-through cache has it only after a first pull)"
    ) == result.summary


def test_an_image_that_was_expired_fails(world):
    """ECS goes on asking for the digest that it resolved, and every new task would fail to start."""
    gone = f"sha256:{'0' * 64}"
    world.image("v1")
    world.runs(f"{APP}:v1", gone)
    result = world.ask()
    assert Outcome.FAILED is result.outcome
    assert (
        f"app: ECR has no image sha256:000000000000 in orders/app (account {ACCOUNT}, eu-west-1), so that tasks cannot start; "
        "push it again, and keep the lifecycle policy from expiring what runs"
    ) == result.summary


def test_a_repository_that_is_not_there_fails(world):
    """A typing error, mostly."""
    world.runs(f"{REGISTRY}/ordres/app:v1")
    result = world.ask()
    assert Outcome.FAILED is result.outcome
    assert (
        f"app: ECR has no repository ordres/app (account {ACCOUNT}, eu-west-1); push the image, or correct its name "
        "(a pull-through cache has it only after a first pull)"
    ) == result.summary


def test_what_need_not_exist_is_told(world):
    """As with a pull-through cache that has not pulled yet."""
    world.runs(f"{APP}:v9")
    result = world.ask(exists=False)
    assert Outcome.PASSED is result.outcome
    assert "app: ECR has no image with the tag v9" in result.summary
    assert Outcome.FAILED is world.ask(exists=False, max_age="1d").outcome


def test_nothing_is_asked_of_ecr_when_no_rule_needs_it(world):
    """A team without ECR permissions can check names."""
    world.runs(f"{APP}:v1")
    before = world.faults.calls()
    result = world.ask(exists=False, architecture=False, registries=[f"{REGISTRY}/*"])
    assert (Outcome.PASSED, "1 image may be shipped: app orders/app:v1") == (result.outcome, result.summary)
    assert before + 1 == world.faults.calls()  # the revision


def test_images_outside_ecr_are_told_as_not_looked_at(world):
    """Their names are, and the registries rule holds for them."""
    world.runs("public.ecr.aws/docker/library/nginx:1.27", container="web")
    before = world.faults.calls("ecr")
    result = world.ask()
    assert Outcome.PASSED is result.outcome
    assert (
        "1 image may be shipped: web public.ecr.aws/docker/library/nginx:1.27; web: not looked up, because it is in no "
        "private ECR repository"
    ) == result.summary
    assert before == world.faults.calls("ecr")


def test_a_rule_that_cannot_be_asked_outside_ecr_fails(world):
    """What was to be checked and was not does not pass."""
    world.runs("nginx:1.27", container="web")
    result = world.ask(scan={"max": "medium"}, max_age="30d", signature="present")
    assert Outcome.FAILED is result.outcome
    assert (
        "web: docker.io/library/nginx:1.27 is in no private ECR repository, so that scan, max_age, signature cannot be told; "
        "copy it into one (a pull-through cache does), or leave the container out with ignore_containers"
    ) == result.summary


def test_an_image_that_is_too_old_fails(world, later):
    """Against the clock of the rehearsal, which may run fast."""
    digest = world.image("v1")
    world.runs(f"{APP}:v1", digest)
    later(45 * DAY + 60)
    result = world.ask(max_age="30d")
    assert Outcome.FAILED is result.outcome
    pushed = datetime.now(UTC)
    assert (
        f"app: orders/app:v1 was pushed 45 days ago ({pushed:%Y-%m-%d}), and max_age is 30 days; build it anew"
    ) == result.summary
    assert Outcome.PASSED is world.ask(max_age="46d").outcome


def test_short_ages_are_told_in_hours(world, later):
    """Nobody reads 0 days."""
    world.image("v1")
    world.runs(f"{APP}:v1")
    later(2 * 3600)
    assert "and max_age is 1 h; build it anew" in world.ask(max_age="1h").summary


def test_an_image_for_another_processor_fails(world):
    """Tasks would start and die with exec format error."""
    amd, arm = world.image(content="amd"), world.image(content="arm")
    world.task(runtimePlatform={"cpuArchitecture": "ARM64"})
    world.index("v1", {"linux/amd64": amd, "windows/amd64": arm})
    world.runs(f"{APP}:v1")
    result = world.ask()
    assert Outcome.FAILED is result.outcome
    assert (
        "app: orders/app:v1 is built for linux/amd64, windows/amd64, and the task definition orders:2 asks for linux/arm64; "
        "build it for linux/arm64, or correct runtimePlatform"
    ) == result.summary


@pytest.mark.parametrize(
    ("task", "platform"),
    [
        ({}, "linux/amd64"),
        ({"runtimePlatform": {"cpuArchitecture": "ARM64"}}, "linux/arm64"),
        ({"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}}, "windows/amd64"),
        ({"requiresCompatibilities": ["EC2"], "runtimePlatform": {"cpuArchitecture": "ARM64"}}, "linux/arm64"),
    ],
)
def test_the_platform_is_the_task_definitions(world, task, platform):
    """Fargate's default is Linux on X86_64."""
    world.task(**task)
    world.runs(f"{APP}:v1")
    world.index("v1", {platform: world.image()})
    assert Outcome.PASSED is world.ask().outcome
    world.index("v1", {"linux/s390x": world.image(content="other")})
    assert f"asks for {platform};" in world.ask().summary


def test_instances_take_what_they_can_run(world):
    """Without runtimePlatform, EC2 may be of any kind: nothing is guessed, and the details say so."""
    world.task(requiresCompatibilities=["EC2"])
    world.runs(f"{APP}:v1")
    world.index("v1", {"linux/arm64": world.image()})
    result = world.ask()
    assert (Outcome.PASSED, "1 image may be shipped: app orders/app:v1") == (result.outcome, result.summary)
    said = "the task definition orders:2 names no platform; its architecture was not looked at"
    assert [said] == result.details["images"][0]["said"]


def test_an_index_without_platforms_tells_nothing(world):
    """The specification allows it."""
    entry = {"mediaType": MANIFEST, "digest": world.image()}
    world.put({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}, "v1")
    world.runs(f"{APP}:v1")
    result = world.ask()
    assert Outcome.PASSED is result.outcome
    assert ["its index names no platform; its architecture was not looked at"] == result.details["images"][0]["said"]


def test_an_index_without_images_cannot_be_run(world):
    """It may hold attestations and nothing else."""
    world.index("v1", {"unknown/unknown": world.image(content="provenance")})
    world.runs(f"{APP}:v1")
    result = world.ask()
    assert Outcome.FAILED is result.outcome
    assert (
        "app: orders/app:v1 is an index without images, so that tasks cannot start; push an image"
    ) == result.summary


def test_what_buildkit_puts_beside_an_image_is_no_platform(world):
    """An attestation's platform is unknown/unknown."""
    world.index("v1", {"linux/arm64": world.image(), "unknown/unknown": world.image(content="provenance")})
    world.runs(f"{APP}:v1")
    result = world.ask()
    assert "is built for linux/arm64, and the task definition orders:1 asks for linux/amd64" in result.summary
    assert Outcome.PASSED is world.ask(architecture=False).outcome


def test_every_container_counts(world):
    """A sidecar ships as well, and each is called by its name."""
    world.image("v1")
    world.runs(f"{APP}:v1")
    world.runs(f"{APP}:v9", container="proxy")
    world.runs("envoy:latest", container="mesh")
    result = world.ask()
    assert Outcome.FAILED is result.outcome
    assert "proxy: ECR has no image with the tag v9" in result.summary
    assert "mesh: docker.io/library/envoy:latest is named latest" in result.summary
    assert ["passed", "failed", "failed"] == [each["outcome"] for each in result.details["images"]]


def test_what_holds_for_several_containers_is_told_once(world):
    """A sentence has little room."""
    world.runs(f"{APP}:v9")
    world.runs(f"{APP}:v9", container="worker")
    assert world.ask().summary.startswith("app, worker: ECR has no image with the tag v9")


def test_many_problems_are_cut(world):
    """The details have all of them."""
    for number in range(6):
        world.runs(f"{APP}:v{number}", container=f"c{number}")
    result = world.ask()
    assert result.summary.endswith("; and 2 more")
    assert 6 == len(result.details["images"])


def test_containers_can_be_chosen(world):
    """By name or glob, to look at, or to leave out."""
    world.image("v1")
    world.runs(f"{APP}:v1")
    world.runs("envoy:latest", container="envoy-proxy")
    assert Outcome.PASSED is world.ask(containers=["app"]).outcome
    assert Outcome.PASSED is world.ask(ignore_containers=["envoy-*", "not-there"]).outcome
    assert Outcome.FAILED is world.ask(containers=["*"]).outcome


def test_a_container_that_is_not_there_fails(world):
    """A typing error must not take the check's teeth out."""
    world.runs(f"{APP}:v1")
    world.runs("envoy:1", container="envoy")
    result = world.ask(containers=["web"])
    assert Outcome.FAILED is result.outcome
    assert "no container is called web; the task definition has app, envoy; correct `containers`" == result.summary


def test_to_ignore_all_containers_fails(world):
    """What was not checked does not pass."""
    world.runs(f"{APP}:v1")
    result = world.ask(ignore_containers=["*"])
    assert Outcome.FAILED is result.outcome
    assert "every container is ignored (app), so nothing was looked at; shorten ignore_containers" == result.summary


def test_a_revision_without_images_is_asked_again(world):
    """Nothing was checked, and nothing is wrong yet."""
    result = world.ask()
    assert Outcome.INCONCLUSIVE is result.outcome
    assert "ECS names no container image of the green revision yet" == result.summary


def test_what_names_no_image_fails(world):
    """ECS takes any text."""
    world.runs("Orders App:v1")
    result = world.ask()
    assert Outcome.FAILED is result.outcome
    why = "the repository has to be small letters and digits, joined by / . _ or -"
    assert f'app: "Orders App:v1" names no image: {why}' == result.summary


def test_an_image_of_another_region_is_asked_for_there(world):
    """A function has one region, and images need not be in it."""
    world.repository(region="us-east-1")
    digest = world.image("v1", region="us-east-1")
    world.runs(f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/orders/app:v1", digest)
    assert Outcome.PASSED is world.ask().outcome
    world.runs(f"{APP}:v1", digest, container="here")
    assert "here: ECR has no image" in world.ask().summary


def test_an_image_of_another_account_is_asked_for_there(world):
    """The host names the registry."""
    world.runs("210987654321.dkr.ecr.eu-west-1.amazonaws.com/orders/app:v1")
    assert "ECR has no repository orders/app (account 210987654321, eu-west-1)" in world.ask().summary


@pytest.mark.parametrize(
    "host", [f"{ACCOUNT}.dkr-ecr.eu-west-1.on.aws", f"{ACCOUNT}.dkr.ecr-fips.eu-west-1.amazonaws.com"]
)
def test_other_forms_of_the_host_mean_the_same_registry(world, host):
    """For ECR, and for the registries rule."""
    world.image("v1")
    world.runs(f"{host}/orders/app:v1")
    assert Outcome.PASSED is world.ask(registries=[f"{REGISTRY}/orders/*"]).outcome


def test_a_repository_is_asked_once(world):
    """However many containers run its images; and indexes cost one call more."""
    first, second = world.image("v1"), world.image("v2", content="two")
    world.index("v3", {"linux/amd64": first})
    for number, digest in enumerate([first, second, None], 1):
        world.runs(f"{APP}:v{number}", digest, container=f"c{number}")
    operations = ("DescribeImages", "BatchGetImage")
    before = [world.faults.calls("ecr", each) for each in operations]
    assert Outcome.PASSED is world.ask().outcome
    assert [each + 1 for each in before] == [world.faults.calls("ecr", each) for each in operations]


def test_a_first_deployment_ships_images_too(world):
    """There is no reason to skip the check."""
    check = prepare_images(ImagesSettings(), "PRE_SCALE_UP", None)
    assert check.skip_on_create() is None
    deployment = Deployment(DEPLOYMENT_ARN, GREEN_ARN, is_create=True)
    assert deployment.is_create()
    world.image("v1")
    world.runs(f"{APP}:v1")
    assert Outcome.PASSED is world.ask().outcome


def test_only_its_own_settings_make_an_images_check():
    """The table of kinds pairs them."""
    from greenlight.checks import CheckSettings

    with pytest.raises(TypeError):
        prepare_images(CheckSettings(), "PRE_SCALE_UP", None)


@pytest.mark.parametrize(
    "rule", [{"scan": {"max": "low"}}, {"max_age": "1d"}, {"signature": "present"}, {"pinned": "tag"}]
)
def test_a_foreign_registry_that_denies_describing_is_told(world, rule):
    """Who may pull from another account need not be let describe; a rule that was asked for is owed an answer."""
    world.runs("210987654321.dkr.ecr.eu-west-1.amazonaws.com/shared/proxy:1", container="proxy")
    world.faults.deny("ecr", "DescribeImages")
    result = world.ask()
    assert Outcome.PASSED is result.outcome
    assert "proxy: not looked up: ecr:DescribeImages was denied" in result.summary
    assert Outcome.ERROR is world.ask(**rule).outcome


def _with_status(world, status):
    """Let ECR say that the image which green runs is in some status."""
    digest = world.image("v1")
    world.runs(f"{APP}:v1", digest)
    record = {"imageDigest": digest, "imageTags": ["v1"], "imagePushedAt": 1, "imageManifestMediaType": MANIFEST}
    body = json.dumps({"imageDetails": [record | {"imageStatus": status}]})
    world.faults.garble("ecr", "DescribeImages", body.encode())


@pytest.mark.parametrize(
    ("status", "outcome", "cure"),
    [("ARCHIVED", Outcome.FAILED, "; restore it, or push it again"), ("ACTIVATING", Outcome.INCONCLUSIVE, "")],
)
def test_an_image_that_cannot_be_pulled_does_not_pass(world, status, outcome, cure):
    """One that is on its way back from the archive is waited for."""
    _with_status(world, status)
    result = world.ask()
    expected = f"app: orders/app:v1 is {status}, so that tasks cannot pull it{cure}"
    assert (outcome, expected) == (result.outcome, result.summary)


def test_an_active_image_passes(world):
    """ECR says so of every image that was never archived."""
    _with_status(world, "ACTIVE")
    assert Outcome.PASSED is world.ask().outcome
