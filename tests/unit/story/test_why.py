"""docs/why.md is made of the recorded endings, so that what it promises is what people read.

    .venv/bin/python -m tests.unit.story.test_why

writes it anew.
"""

import re
from pathlib import Path

from tests.unit.story.recorded import every

PAGE = Path(__file__).parents[3] / "docs" / "why.md"

_HEAD = """# Why did this roll back?

Ask for the story: `greenlight explain CLUSTER/SERVICE` (or a deployment's ARN) says it in at most ten lines, out of what ECS shows, the record and the functions' logs.
Whoever has no command line at hand finds the text of ECS below: it is the `statusReason` of `aws ecs describe-service-deployments`, and in the console under *Deployments*.

ECS never shows the reason of a hook that answered FAILED. For Greenlight's own it stands in the record, in the report and in the function's log (`"message": "verdict"`).
Each line is made of [a recorded ending](../tests/unit/story/endings/), which also says where the text comes from; a test holds them together. `…` stands for ARNs and the like.

| ECS shows | cause | the story begins | what to do |
|---|---|---|---|
"""

_TAIL = """
A create that failed has nothing to go back to: `statusReason` is then `No rollback candidate was found to run the rollback.`, and the cause stands in `rollback.reason` or the service's events.

## What is needed to look

`greenlight explain`, `status` and `watch` only read. With all of it they know everything; what is missing is named in the story, and the rest is told.

```json
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "ReadDeployments",
      "Effect": "Allow",
      "Action": ["ecs:DescribeServiceDeployments", "ecs:ListServiceDeployments"],
      "Resource": ["arn:aws:ecs:*:123456789012:service-deployment/*", "arn:aws:ecs:*:123456789012:service/*"]
    },
    {
      "Sid": "FindTheStack",
      "Effect": "Allow",
      "Action": "cloudformation:DescribeStacks",
      "Resource": "arn:aws:cloudformation:*:123456789012:stack/greenlight/*"
    },
    {
      "Sid": "ReadTheRecord",
      "Effect": "Allow",
      "Action": "dynamodb:Query",
      "Resource": "arn:aws:dynamodb:*:123456789012:table/greenlight-*"
    },
    {
      "Sid": "ReadTheHooksLogs",
      "Effect": "Allow",
      "Action": "logs:FilterLogEvents",
      "Resource": "arn:aws:logs:*:123456789012:log-group:/aws/lambda/greenlight-*"
    }
  ]
}
```

A record that is encrypted with a key of yours needs `kms:Decrypt` on that key as well.
"""

_ARN = re.compile(r"'?arn:[^\s']+'?")
_NAMES = re.compile(r"greenlight-\w+Function-\w+|\b4kRv\w+")


def page():
    """Make the page."""
    lines = []
    for ending in every():
        story = ending.story
        if story.good:
            continue
        lines.append(
            f"| {_text(ending)} | `{story.cause}` | {_cell(story.headline)} | "
            f"{_cell(story.lines[-1].removeprefix('next: '))} |"
        )
    return f"{_HEAD}{chr(10).join(sorted(dict.fromkeys(lines)))}\n{_TAIL}"


def _text(ending):
    reason = ending.deployment.get("statusReason")
    if not reason:
        return "nothing: the deployment is SUCCESSFUL"
    known = "ours" not in ending.document["source"] and "nobody has published" not in ending.document["source"]
    return f"`{_short(reason)}`".replace("|", "\\|") + ("" if known else " (or so: ECS's own words are not known)")


def _short(text):
    return _NAMES.sub("…", _ARN.sub("…", text))


def _cell(text):
    return _short(text).replace("|", "\\|").replace("*", "\\*")


def test_the_page_is_what_the_endings_say():
    """Whoever changes a story changes the page."""
    assert page() == PAGE.read_text(encoding="utf-8")


def test_the_story_in_the_manual_is_a_recorded_one():
    """docs/cli.md shows what people will read."""
    (ending,) = [each for each in every() if each.name == "ours-post-test-traffic-shift"]

    assert f"```\n{ending.story.text}\n```" in (PAGE.parent / "cli.md").read_text(encoding="utf-8")


def test_the_policy_is_one():
    """What people copy is JSON, and names no action that changes anything."""
    import json

    policy = json.loads(page().partition("```json\n")[2].partition("```")[0])
    actions = [
        action
        for each in policy["Statement"]
        for action in [each["Action"]]
        for action in ([action] if isinstance(action, str) else action)
    ]

    assert all(re.fullmatch(r"\w+:(Describe|List|Query|Filter)\w*", action) for action in actions)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
