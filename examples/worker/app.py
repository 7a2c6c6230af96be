"""A queue worker that works only while the switch names its own revision, as it would run in a container.

What cannot be read changes nothing: whoever works goes on, and whoever waits goes on waiting.
"""

import argparse
import json
import os
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3

SWITCH = os.environ.get("SWITCH", "/labels/active-revision")
QUEUE = os.environ.get("QUEUE", "labels")


def own_revision(given: str | None) -> str:
    """Return the id of the service revision that this task belongs to.

    A task's ``startedBy`` is ``ecs-svc/`` and that id: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html

    Args:
        given: What the command line says, where there is no ECS to ask.
    """
    if given is not None:
        return given
    with urllib.request.urlopen(os.environ["ECS_CONTAINER_METADATA_URI_V4"] + "/task", timeout=5) as reply:  # noqa: S310 - ECS's own
        me = json.load(reply)
    (task,) = boto3.client("ecs").describe_tasks(cluster=me["Cluster"], tasks=[me["TaskARN"]])["tasks"]
    return str(task["startedBy"]).rpartition("/")[2]


def work(revision: str, pause: float) -> None:
    """Work for ever, or wait.

    Args:
        revision: The id of this task's service revision.
        pause: Seconds between two looks at the switch.
    """
    ssm, sqs = boto3.client("ssm"), boto3.client("sqs")
    queue = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    works = False
    while True:
        try:
            switch = json.loads(ssm.get_parameter(Name=SWITCH)["Parameter"]["Value"])
            works = switch["active"] == revision
        except Exception as error:  # noqa: BLE001 - trouble with the switch is no reason to stop working
            print("cannot read the switch, going on as before:", error, flush=True)
        until = time.monotonic() + pause
        while works and time.monotonic() < until:
            for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", ()):
                handle(message)
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        time.sleep(max(0.0, until - time.monotonic()))


def handle(message: dict[str, Any]) -> None:
    """Print a label; doing it twice does no harm."""
    print("printed", message["Body"], flush=True)


class Health(BaseHTTPRequestHandler):
    """For the rehearsal, which asks every application for its health; ECS does not ask a worker."""

    def do_GET(self) -> None:
        """Say that the process is there."""
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing of single requests."""


def main() -> None:
    """Work until the process is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--migrate", action="store_true", help="prepare the database, and end")
    parser.add_argument("--revision", help="the service revision, where there is no ECS to ask")
    parser.add_argument("--pause", type=float, default=10, help="seconds between two looks at the switch")
    parser.add_argument("--port", type=int, help="answer for the health here")
    options = parser.parse_args()
    if options.migrate:
        print("nothing to migrate", flush=True)
        return
    if options.port:
        server = ThreadingHTTPServer(("127.0.0.1", options.port), Health)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    work(own_revision(options.revision), options.pause)


if __name__ == "__main__":
    main()
