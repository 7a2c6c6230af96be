"""Addresses, of which ELB and ECS may choose different spellings."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.checks.identity.tasks import normal


@given(st.ip_addresses(v=6))
def test_all_spellings_of_an_ipv6_address_are_one(address):
    """Long or short, in large or small letters."""
    assert normal(str(address)) == normal(address.exploded) == normal(address.exploded.upper())
    assert address == ipaddress.ip_address(normal(str(address)))


@given(st.text())
@pytest.mark.parametrize("suffix", ["", ":"])
def test_what_is_no_address_stays_as_it_is(suffix, text):
    """Instances, functions, or what nobody expected."""
    given_text = text + suffix
    assert normal(given_text) == normal(normal(given_text))
    if ":" not in given_text:
        assert given_text == normal(given_text)
