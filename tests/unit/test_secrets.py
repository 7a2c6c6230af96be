"""Secrets, from where they are kept, through Powertools and against an AWS API."""

import json

import pytest

from greenlight import aws
from greenlight.secrets import SecretError, resolve
from greenlight.smoke import SecretPlace


@pytest.fixture
def kept(aws_api):
    """An AWS API with a parameter and some secrets."""
    aws.client("ssm").put_parameter(Name="/orders/token", Value="t-1", Type="SecureString")
    manager = aws.client("secretsmanager")
    manager.create_secret(Name="orders/smoke", SecretString=json.dumps({"password": "p-1", "port": 5432, "none": None}))
    manager.create_secret(Name="orders/plain", SecretString="plain-text")
    manager.create_secret(Name="orders/binary", SecretBinary=b"\x00\x01")
    return aws_api


def test_they_come_from_both_places(kept):
    """A parameter is decrypted; of a secret that is an object a key is taken."""
    assert {"token": "t-1", "password": "p-1", "port": 5432, "plain": "plain-text"} == resolve(
        {
            "token": SecretPlace("ssm", "/orders/token"),
            "password": SecretPlace("secretsmanager", "orders/smoke", "password"),
            "port": SecretPlace("secretsmanager", "orders/smoke", "port"),
            "plain": SecretPlace("secretsmanager", "orders/plain"),
        }
    )


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (SecretPlace("ssm", "/nowhere"), "secret x (ssm:/nowhere): ssm:GetParameter was refused (ParameterNotFound)"),
        (SecretPlace("secretsmanager", "nowhere"), "secretsmanager:GetSecretValue was refused (ResourceNotFound"),
        (SecretPlace("secretsmanager", "orders/binary"), "holds no text"),
        (SecretPlace("secretsmanager", "orders/plain", "password"), 'is no JSON object, so it has no key "password"'),
        (SecretPlace("secretsmanager", "orders/smoke", "user"), 'has no value under the key "user"'),
        (SecretPlace("secretsmanager", "orders/smoke", "none"), 'has no value under the key "none"'),
    ],
)
def test_what_cannot_be_had_is_told_without_what_is_secret(kept, place, words):
    """Which secret, where it was looked for, and why it is no use."""
    with pytest.raises(SecretError) as caught:
        resolve({"x": place})
    assert words in str(caught.value)
    assert not caught.value.transient
    for secret in ("plain-text", "p-1", "5432"):
        assert secret not in str(caught.value)


@pytest.mark.parametrize(("service", "operation"), [("ssm", "GetParameter"), ("secretsmanager", "GetSecretValue")])
@pytest.mark.parametrize("trouble", ["throttled", "denied"])
def test_trouble_with_aws_may_pass(kept, service, operation, trouble):
    """IAM needs a while to spread; a denial says which parameter of the stack to look at."""
    {"throttled": kept.faults.fail, "denied": kept.faults.deny}[trouble](service, operation)
    with pytest.raises(SecretError) as caught:
        resolve({"x": SecretPlace(service, "/orders/token")})
    assert caught.value.transient
    assert f"{service}:{operation} was {trouble}" in str(caught.value)
    assert ("SecretArns" in str(caught.value)) == (trouble == "denied")


def test_a_value_serves_several_checks(kept):
    """One call for all that ask within a minute."""
    place = {"x": SecretPlace("ssm", "/orders/token")}
    resolve(place)
    kept.faults.deny("ssm", "GetParameter")
    assert {"x": "t-1"} == resolve(place)
