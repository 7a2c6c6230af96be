"""Globs over registry/repository: what they let through, and above all what they do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.checks.images.globs import check_glob, comes_from, matches
from greenlight.checks.images.reference import parse_image

ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
ANY_REGION = "123456789012.dkr.ecr.*.amazonaws.com/orders/*"


@pytest.mark.parametrize(
    ("glob", "image"),
    [
        (ANY_REGION, f"{ECR}/orders/app:v1"),
        (ANY_REGION, f"{ECR}/orders/team/app:v1"),
        (ANY_REGION, "123456789012.dkr-ecr.eu-west-1.on.aws/orders/app"),
        ("123456789012.dkr-ecr.eu-west-1.on.aws/*", "123456789012.dkr-ecr.eu-west-1.on.aws/orders/app"),
        ("????????????.dkr.ecr.*.amazonaws.com/*", f"{ECR}/orders/app"),
        (f"{ECR}/orders/app", f"{ECR}/orders/app:v1"),
        (f"{ECR}/docker-hub/*", f"{ECR}/docker-hub/library/nginx"),
        ("public.ecr.aws/docker/library/*", "ecr-public.aws.com/docker/library/nginx:1"),
        ("docker.io/library/nginx", "nginx"),
        ("docker.io/nginx", "nginx:1.27"),
        ("docker.io/nginx*", "nginxinc/unprivileged"),
        ("docker.io/user/*", "user/app"),
        ("Registry.Example.org:5000/*", "registry.example.org:5000/app"),
        ("*.example.org/*", "eu.example.org/a"),
        ("localhost/*", "localhost/a"),
    ],
)
def test_a_glob_lets_through(glob, image):
    """Registry and repository match; tag and digest do not matter."""
    assert check_glob(glob) is None
    assert comes_from(parse_image(image), ("quay.io/other", glob))


@pytest.mark.parametrize(
    ("glob", "image"),
    [
        (ANY_REGION, f"{ECR}/payments/app"),
        (ANY_REGION, f"{ECR}/orders"),
        (ANY_REGION, f"x{ECR}/orders/app"),
        (ANY_REGION, f"{ECR}.evil.example/orders/app"),
        (ANY_REGION, "123456789012.dkr.ecr.evil.example/x.amazonaws.com/orders/app"),
        (ANY_REGION, "123456789012.dkr.ecr.a.b.amazonaws.com/orders/app"),
        (ANY_REGION, "evil.example/123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders/app"),
        (ANY_REGION, "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/orders/app"),
        ("public.ecr.aws/docker/library/*", "docker/library/nginx"),
        ("docker.io/library/*", "user/app"),
        ("docker.io/nginx", "nginxinc/nginx"),
        ("quay.io/a", "quay.io/ab"),
        ("quay.io/a.b", "quay.io/axb"),
        ("*.example.org/*", "a.b.example.org/a"),
        ("registry.example.org/*", "registry.example.org:5000/a"),
    ],
)
def test_a_glob_does_not_let_through(glob, image):
    """A star in the registry stays within its label, and nothing matches halfway."""
    assert check_glob(glob) is None
    assert not comes_from(parse_image(image), (glob,))


@pytest.mark.parametrize(
    ("glob", "problem"),
    [
        ("https://quay.io/a", "has a scheme; write registry/repository, as in "),
        ("quay.io", "names no repository; write registry/repository, as in "),
        ("quay.io/", "names no repository; write registry/repository, as in "),
        ("nginx/a", "begins with no registry; write registry/repository, Docker Hub as docker.io/library/nginx"),
        ("/a", "begins with no registry; write registry/repository, Docker Hub as docker.io/library/nginx"),
        ("*/a", "would let any registry through; name it, as in "),
        ("*.*/a", "would let any registry through; name it, as in "),
        ("quay.io/a:v1", "has a tag or a digest; leave it out, registries is about where images come from"),
        ("quay.io/a@sha256:1", "has a tag or a digest; leave it out, registries is about where images come from"),
        ("qu ay.io/a", "begins with no host name; write registry/repository, as in "),
        (
            "quay.io/App",
            "has a repository that no image can have; it is small letters, digits, / . _ and -, and the globs * and ?",
        ),
    ],
)
def test_what_is_no_glob_is_refused(glob, problem):
    """When the file is loaded, with the cure."""
    told = check_glob(glob)
    assert told is not None
    assert told.startswith(problem)


@given(st.text())
def test_any_text_is_a_glob_or_is_refused(glob):
    """And what is taken for one can be used."""
    if check_glob(glob) is None:
        comes_from(parse_image("nginx"), (glob,))


@given(st.text(alphabet="ab.*?/", min_size=1, max_size=12), st.text(alphabet="ab./", min_size=1, max_size=12))
def test_globs_agree_with_the_standard_library(glob, name):
    """Where a star is any text, that is what fnmatch does too."""
    from fnmatch import fnmatchcase

    assert fnmatchcase(name, glob) is matches(name, glob)


def test_a_glob_with_many_stars_is_matched_at_once():
    """Patterns are user input, and a pattern must not stop the gate."""
    assert not matches("a" * 255, "*a" * 60 + "b")


@given(
    st.sampled_from([ANY_REGION, "quay.io/*", "*.example.org/a?c"]), st.text(alphabet="quayio.ex/*mplrg", max_size=20)
)
def test_only_the_registry_that_is_meant_matches(glob, text):
    """Whatever stands in the repository of another host."""
    image = parse_image("evil.example/a")
    assert not comes_from(image, (glob,))
    try:
        image = parse_image(f"evil.example/{text}")
    except ValueError:
        return
    assert not comes_from(image, (glob,))
