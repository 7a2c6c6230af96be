"""A small world for the images check: repositories, a task definition and a green revision in the rehearsal's AWS API."""

import json
import time
from hashlib import sha256

import pytest
from moto.moto_api._internal.models import moto_api_backend

from greenlight import aws, clock
from greenlight.checks import CheckContext, Files
from greenlight.checks.images import ImagesSettings, prepare_images
from greenlight.deployment import Deployment
from greenlight.documents import Document, validate
from rehearsal.aws import ecr, ecs
from tests.unit.fakes import DEPLOYMENT_ARN, GREEN_ARN

ACCOUNT = "123456789012"
REGISTRY = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
APP = f"{REGISTRY}/orders/app"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
DAY = 86400


def settings(**values):
    """The settings of an images check, read as a gates file is."""
    return validate(ImagesSettings, Document("gates.yaml", values))


def short(digest):
    """A digest as messages show it."""
    return digest[:19]


class World:
    """What a test says there is."""

    def __init__(self, server):
        self.server = server
        self.faults = server.faults
        self.containers = []
        self.task_definition = None

    def repository(self, name="orders/app", *, region="eu-west-1"):
        """A repository of this account."""
        aws.client("ecr", region).create_repository(repositoryName=name)

    def put(self, manifest, tag=None, *, name="orders/app", region="eu-west-1"):
        """Push a manifest; returns its digest."""
        text = json.dumps(manifest)
        digest = f"sha256:{sha256(text.encode()).hexdigest()}"
        tagged = {"imageTag": tag} if tag else {}
        aws.client("ecr", region).put_image(
            repositoryName=name,
            imageManifest=text,
            imageManifestMediaType=manifest["mediaType"],
            imageDigest=digest,
            **tagged,
        )
        return digest

    def image(self, tag=None, content="one", **where):
        """Push the image of one platform."""
        layers = [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": f"sha256:{content}"}]
        return self.put({"schemaVersion": 2, "mediaType": MANIFEST, "config": {}, "layers": layers}, tag, **where)

    def index(self, tag, images, **where):
        """Push an index of images by platform."""
        entries = [
            {
                "mediaType": MANIFEST,
                "digest": digest,
                "platform": dict(zip(("os", "architecture"), platform.split("/"), strict=True)),
            }
            for platform, digest in images.items()
        ]
        return self.put({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}, tag, **where)

    def referrer(self, subject, artifact_type, annotations=None):
        """Push what refers to an image."""
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": artifact_type, "layers": []}
        return self.put(manifest | {"subject": {"digest": subject}, "annotations": annotations or {}})

    def scan(self, digest, status="COMPLETE", description=None, *, name="orders/app", **findings):
        """Keep what a scan found; without findings there is no result."""
        said = {"status": status} | ({"description": description} if description else {})
        scan = {"imageScanStatus": said} | ({"imageScanFindings": findings} if findings else {})
        ecr.put_scan(name, digest, scan)

    def task(self, **values):
        """Register the next revision of the task definition orders, which green uses; for Fargate where nothing is said."""
        given = {"family": "orders", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512"} | values
        given["containerDefinitions"] = [{"name": "app", "image": "x", "memory": 128}]
        registered = aws.client("ecs").register_task_definition(**given)
        self.task_definition = registered["taskDefinition"]["taskDefinitionArn"]

    def runs(self, image, digest=None, container="app"):
        """Let a container of the green revision run an image."""
        self.containers.append(
            {"containerName": container, "image": image} | ({"imageDigest": digest} if digest else {})
        )

    def ask(self, *, seconds=20, **values):
        """Ask the check once."""
        record = {
            "serviceRevisionArn": GREEN_ARN,
            "taskDefinition": self.task_definition,
            "containerImages": self.containers,
        }
        ecs.store().put_revision(record)
        document = Document("gates.yaml", {})
        check = prepare_images(settings(**values), "PRE_SCALE_UP", Files(document, lambda _: document))
        deadline = time.monotonic() + seconds
        return check.run(CheckContext("PRE_SCALE_UP", Deployment(DEPLOYMENT_ARN, GREEN_ARN), deadline, "d1", {}))


@pytest.fixture
def world(module_aws_api):
    """An AWS API that knows nothing but the task definition orders:1 and the empty repository orders/app."""
    moto_api_backend.reset()
    module_aws_api.faults.clear()
    world = World(module_aws_api)
    world.repository()
    world.task()
    return world


@pytest.fixture
def later():
    """Moves the time of day on by so many seconds."""
    tokens = []

    def move(seconds):
        tokens.append(clock.source.set(lambda: time.time() + seconds))

    yield move
    for token in reversed(tokens):
        clock.source.reset(token)
