"""What images are called, in every form that ECS takes, and which of them are ECR's."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from greenlight.checks.images.reference import EcrRegistry, ImageReferenceError, parse_image

DIGEST = f"sha256:{'0123456789abcdef' * 4}"
HUB = "docker.io"


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag", "digest"),
    [
        ("nginx", HUB, "library/nginx", None, None),
        ("nginx:1.27", HUB, "library/nginx", "1.27", None),
        ("library/nginx", HUB, "library/nginx", None, None),
        ("user/app:tag", HUB, "user/app", "tag", None),
        ("docker.io/nginx", HUB, "library/nginx", None, None),
        ("index.docker.io/user/app", HUB, "user/app", None, None),
        (f"nginx@{DIGEST}", HUB, "library/nginx", None, DIGEST),
        (f"nginx:1.27@{DIGEST}", HUB, "library/nginx", "1.27", DIGEST),
        (f"nginx@{DIGEST.upper().replace('SHA', 'sha')}", HUB, "library/nginx", None, DIGEST),
        ("localhost/app", "localhost", "app", None, None),
        ("localhost:5000/app", "localhost:5000", "app", None, None),
        ("registry:5000/team/app:v1", "registry:5000", "team/app", "v1", None),
        ("Registry/app", "registry", "app", None, None),
        ("[2001:db8::1]:5000/app:v1", "[2001:db8::1]:5000", "app", "v1", None),
        ("quay.io/a/b/c:v1", "quay.io", "a/b/c", "v1", None),
        ("public.ecr.aws/docker/library/nginx:1", "public.ecr.aws", "docker/library/nginx", "1", None),
        ("ecr-public.aws.com/docker/library/nginx", "public.ecr.aws", "docker/library/nginx", None, None),
        ("mcr.microsoft.com/a/b__c.d-e--f", "mcr.microsoft.com", "a/b__c.d-e--f", None, None),
    ],
)
def test_a_name_is_taken_apart(text, registry, repository, tag, digest):
    """As Docker does it."""
    found = parse_image(text)
    assert (registry, repository, tag, digest) == (found.registry, found.repository, found.tag, found.digest)
    assert found.ecr is None


@pytest.mark.parametrize(
    ("host", "region", "plain"),
    [
        ("dkr.ecr.eu-west-1.amazonaws.com", "eu-west-1", "dkr.ecr.eu-west-1.amazonaws.com"),
        ("DKR.ecr.eu-west-1.amazonaws.com", "eu-west-1", "dkr.ecr.eu-west-1.amazonaws.com"),
        ("dkr.ecr-fips.us-east-1.amazonaws.com", "us-east-1", "dkr.ecr.us-east-1.amazonaws.com"),
        ("dkr.ecr.us-gov-west-1.amazonaws.com", "us-gov-west-1", "dkr.ecr.us-gov-west-1.amazonaws.com"),
        ("dkr.ecr.cn-north-1.amazonaws.com.cn", "cn-north-1", "dkr.ecr.cn-north-1.amazonaws.com.cn"),
        ("dkr.ecr.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1", "dkr.ecr.eusc-de-east-1.amazonaws.eu"),
        ("dkr.ecr.us-iso-east-1.c2s.ic.gov", "us-iso-east-1", "dkr.ecr.us-iso-east-1.c2s.ic.gov"),
        ("dkr.ecr.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1", "dkr.ecr.us-isob-east-1.sc2s.sgov.gov"),
        ("dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk", "eu-isoe-west-1", "dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk"),
        ("dkr.ecr.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1", "dkr.ecr.us-isof-south-1.csp.hci.ic.gov"),
        ("dkr-ecr.eu-west-1.on.aws", "eu-west-1", "dkr.ecr.eu-west-1.amazonaws.com"),
        ("dkr-ecr-fips.us-east-1.on.aws", "us-east-1", "dkr.ecr.us-east-1.amazonaws.com"),
        ("dkr-ecr.cn-north-1.on.amazonwebservices.com.cn", "cn-north-1", "dkr.ecr.cn-north-1.amazonaws.com.cn"),
        ("dkr-ecr.eusc-de-east-1.on.amazonwebservices.eu", "eusc-de-east-1", "dkr.ecr.eusc-de-east-1.amazonaws.eu"),
    ],
)
def test_every_form_of_ecrs_host_is_understood(host, region, plain):
    """Dual-stack, FIPS, China, GovCloud, the sovereign cloud and the isolated partitions: one registry, one name."""
    found = parse_image(f"123456789012.{host}/docker-hub/library/nginx:1.27@{DIGEST}")
    assert EcrRegistry("123456789012", region) == found.ecr
    assert (f"123456789012.{plain}", "docker-hub/library/nginx") == (found.registry, found.repository)
    assert f"123456789012.{host}".lower() == found.written_registry


@pytest.mark.parametrize(
    "host",
    [
        "123456789012.dkr.ecr.eu-west-1.evil.example",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example",
        "evil.123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        "12345678901.dkr.ecr.eu-west-1.amazonaws.com",
        "123456789012.dkr.ecr.eu-west-1.on.aws",
        "123456789012.dkr-ecr.eu-west-1.amazonaws.com",
        "123456789012.dkr.ecr.eu.west.amazonaws.com",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com:443",
        "public.ecr.aws",
    ],
)
def test_what_looks_like_ecr_and_is_not(host):
    """Nothing of it is asked of ECR, and no rule takes it for ECR."""
    found = parse_image(f"{host}/orders/app:v1")
    assert (None, host) == (found.ecr, found.registry)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the repository has to be small letters and digits, joined by / . _ or -"),
        ("App", "the repository has to be small letters and digits, joined by / . _ or -"),
        ("a//b", "the repository has to be small letters and digits, joined by / . _ or -"),
        ("a/b/", "the repository has to be small letters and digits, joined by / . _ or -"),
        ("https://quay.io/a", "the registry is no host name"),
        ("nginx:", "the tag has to be letters, digits, dots, dashes and underscores, 128 at most"),
        ("nginx:a b", "the tag has to be letters, digits, dots, dashes and underscores, 128 at most"),
        (f"nginx:{'a' * 129}", "the tag has to be letters, digits, dots, dashes and underscores, 128 at most"),
        ("nginx@", "what follows the @ has to be sha256: and 64 hexadecimal digits"),
        ("nginx@sha256:12", "what follows the @ has to be sha256: and 64 hexadecimal digits"),
        (f"nginx@md5:{'0' * 64}", "what follows the @ has to be sha256: and 64 hexadecimal digits"),
        ("-.example/a", "the registry is no host name"),
        ("exam_ple.org/a", "the registry is no host name"),
        ("registry:port/a", "the registry is no host name"),
    ],
)
def test_what_names_no_image_is_refused(text, why):
    """With what is wrong."""
    with pytest.raises(ImageReferenceError) as caught:
        parse_image(text)
    assert why == str(caught.value)


def test_people_read_the_short_form():
    """ECR's hosts are long and much the same, other registries are told."""
    assert "orders/app:v1" == str(parse_image("123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders/app:v1"))
    assert "docker.io/library/nginx:1@sha256:0123456789ab" == str(parse_image(f"nginx:1@{DIGEST}"))


@given(st.text())
@example("a:b:c/d@e@f")
@example("\x00/a")
def test_any_text_is_read_or_refused(text):
    """Nothing else escapes, and what was read has the parts of an image."""
    try:
        found = parse_image(text)
    except ImageReferenceError:
        return
    assert found.registry
    assert found.repository == found.repository.lower()


component = st.from_regex(r"[a-z0-9]+([._-][a-z0-9]+)?", fullmatch=True)
label = st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)?", fullmatch=True)
tags = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}", fullmatch=True)


@given(
    labels=st.lists(label, min_size=2, max_size=4),
    port=st.none() | st.integers(1, 65535),
    path=st.lists(component, min_size=1, max_size=4),
    tag=st.none() | tags,
    digest=st.none() | st.from_regex(r"sha256:[0-9a-f]{64}", fullmatch=True),
)
def test_what_is_put_together_is_taken_apart(labels, port, path, tag, digest):
    """Whatever the parts are; the name alone means the same image again."""
    host = ".".join(labels) + (f":{port}" if port else "")
    text = f"{host}/{'/'.join(path)}" + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
    found = parse_image(text)
    assert (host, "/".join(path), tag, digest) == (found.written_registry, found.repository, found.tag, found.digest)
    assert (found.registry, found.repository) == (parse_image(found.name).registry, parse_image(found.name).repository)


@given(
    account=st.from_regex(r"[0-9]{12}", fullmatch=True),
    region=st.from_regex(r"[a-z]{2}-[a-z]{4,9}-[1-9]", fullmatch=True),
    form=st.sampled_from(["dkr.ecr.{}.amazonaws.com", "dkr.ecr-fips.{}.amazonaws.com", "dkr-ecr.{}.on.aws"]),
)
def test_every_account_and_region_is_found_in_the_host(account, region, form):
    """Regions that are yet to come too."""
    assert EcrRegistry(account, region) == parse_image(f"{account}.{form.format(region)}/a").ecr
