"""The record's DynamoDB table: what it asks of AWS, in plain Python values.

A deployment has one partition, its identifier; every kind of entry has its own beginning of the sort key. Whatever is written
is written on a condition, so that hooks side by side, repeated invocations and people never overwrite each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from greenlight import aws, clock
from greenlight.record.values import decode, encode, readable

PARTITION: Final = "deployment"
SORT: Final = "entry"
EXPIRES: Final = "expires_at_epoch"
"""The attribute that DynamoDB's time to live looks at; template.yaml names it too."""

_WRITING: Final = "writing"
_DAY_SECONDS: Final = 24 * 60 * 60
_CONDITION_FAILED: Final = "ConditionalCheckFailedException"
_NEW: Final = f"attribute_not_exists({PARTITION})"


@dataclass(frozen=True)
class Table:
    """The table of the stack.

    Attributes:
        name: Its name.
        keep_days: After how many days DynamoDB drops an entry.
        region: Where it is; None for the function's own region.
    """

    name: str
    keep_days: int = 90
    region: str | None = None

    def put_new(self, deployment: str, entry: str, values: Mapping[str, Any], *, kept_until: float = 0.0) -> bool:
        """Write an entry that does not exist yet; tell whether it was written.

        Args:
            deployment: Identifier of the service deployment.
            entry: The sort key.
            values: JSON values.
            kept_until: Until when it is needed, in seconds since the epoch, even where entries are kept for fewer days.

        Raises:
            AwsError: When DynamoDB did not answer, or refused for another reason.
        """
        expires = max(int(clock.now()) + self.keep_days * _DAY_SECONDS, int(kept_until))
        writing = uuid4().hex
        item = {**values, PARTITION: deployment, SORT: entry, EXPIRES: expires, _WRITING: writing}
        try:
            self._call("put_item", Item=encode(item), ConditionExpression=_NEW)
        except aws.AwsRefusedError as error:
            if error.code != _CONDITION_FAILED:
                raise
            # botocore asks again where a reply got lost, and would then meet what it wrote itself.
            return (self.get(deployment, entry) or {}).get(_WRITING) == writing
        return True

    def get(self, deployment: str, entry: str) -> dict[str, Any] | None:
        """Read an entry as it is now; None where there is none.

        Raises:
            AwsError: When DynamoDB did not answer.
        """
        reply = self._call("get_item", Key=_key(deployment, entry), ConsistentRead=True)
        with readable("GetItem"):
            return decode(reply["Item"]) if reply.get("Item") else None

    def update(
        self,
        deployment: str,
        entry: str,
        change: str,
        *,
        condition: str,
        names: Mapping[str, str],
        values: Mapping[str, Any],
    ) -> dict[str, Any] | None:
        """Change an entry where a condition holds; return it as it is then, None where the condition does not hold.

        Args:
            deployment: Identifier of the service deployment.
            entry: The sort key.
            change: An update expression.
            condition: A condition expression; that the entry exists goes without saying.
            names: Placeholder → attribute, as in ``#state``.
            values: Placeholder → JSON value, as in ``:now``.

        Raises:
            AwsError: When DynamoDB did not answer, or refused for another reason.
        """
        asked = update_parameters(deployment, entry, change, condition=condition, names=names, values=values)
        try:
            reply = self._call("update_item", **asked, ReturnValues="ALL_NEW")
        except aws.AwsRefusedError as error:
            if error.code != _CONDITION_FAILED:
                raise
            return None
        if not reply.get("Attributes"):
            raise aws.AwsUnreachableError("dynamodb:UpdateItem", "got a reply that is not AWS's: it has no Attributes")
        with readable("UpdateItem"):
            return decode(reply["Attributes"])

    def query(self, deployment: str, beginning: str = "", *, newest: int | None = None) -> list[dict[str, Any]]:
        """Read entries as they are now, in the order of their sort keys.

        Args:
            deployment: Identifier of the service deployment.
            beginning: What their sort keys begin with.
            newest: How many to read at most, from the end; the last one comes first then.

        Raises:
            AwsError: When DynamoDB did not answer.
        """
        condition, values = "#d = :d", {":d": deployment}
        names = {"#d": PARTITION}
        if beginning:
            condition, values, names = (
                f"{condition} AND begins_with(#e, :e)",
                {**values, ":e": beginning},
                {**names, "#e": SORT},
            )
        asked: dict[str, Any] = {
            "KeyConditionExpression": condition,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": encode(values),
            "ConsistentRead": True,
        }
        if newest is not None:
            asked |= {"ScanIndexForward": False, "Limit": newest}
        found: list[dict[str, Any]] = []
        while True:
            reply = self._call("query", **asked)
            with readable("Query"):
                found += [decode(item) for item in reply.get("Items") or ()]
            last = reply.get("LastEvaluatedKey")
            if not last or (newest is not None and len(found) >= newest):
                return found
            asked["ExclusiveStartKey"] = last

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return aws.call("dynamodb", operation, region=self.region, TableName=self.name, **parameters)


def table_of(environment: Mapping[str, str]) -> Table | None:
    """Return the table that a function was deployed with; None where the record is turned off.

    Args:
        environment: ``RECORD`` is the table's name, ``RECORD_DAYS`` how long entries are kept.
    """
    name = environment.get("RECORD", "").strip()
    days = environment.get("RECORD_DAYS", "").strip()
    return Table(name, int(days) if days.isdecimal() and int(days) else 90) if name else None


def _key(deployment: str, entry: str) -> dict[str, Any]:
    return encode({PARTITION: deployment, SORT: entry})


def update_parameters(
    deployment: str,
    entry: str,
    change: str,
    *,
    condition: str,
    names: Mapping[str, str],
    values: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what ``Table.update`` asks of DynamoDB: parameters of UpdateItem, all but the table's name.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
    """
    return {
        "Key": _key(deployment, entry),
        "UpdateExpression": change,
        "ConditionExpression": f"attribute_exists({PARTITION}) AND ({condition})",
        **({"ExpressionAttributeNames": dict(names)} if names else {}),
        **({"ExpressionAttributeValues": encode(values)} if values else {}),
    }
