"""Makes CloudFormation of a SAM template, as AWS does at a deployment; run by the SAM CLI's own Python, which has the translator.

The translator pins libraries that the hooks need in newer versions, so that the tests cannot import it:
https://github.com/aws/serverless-application-model/blob/develop/requirements/base.txt
"""

import json
import sys
from pathlib import Path
from typing import Any

from artifact import BUCKET, KEY
from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform


class NoManagedPolicies:
    """The names of AWS's managed policies, which the translator would ask IAM for; the template has ARNs."""

    def load(self) -> dict[str, str]:
        return {}


def as_if_uploaded(template: dict[str, Any]) -> dict[str, Any]:
    """Let every folder be in S3, where ``sam deploy`` puts it before AWS sees the template."""
    for resource in template["Resources"].values():
        for name in ("CodeUri", "ContentUri"):
            if name in resource.get("Properties", {}):
                resource["Properties"][name] = f"s3://{BUCKET}/{KEY}"
    return template


if __name__ == "__main__":
    document = as_if_uploaded(yaml_parse(Path(sys.argv[1]).read_text(encoding="utf-8")))
    json.dump(transform(document, {}, NoManagedPolicies()), sys.stdout)
