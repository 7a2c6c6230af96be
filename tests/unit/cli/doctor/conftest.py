"""An account in which nothing is wrong yet."""

import pytest
from moto.moto_api._internal.models import moto_api_backend

from tests.unit.cli.doctor.sound import Sound


@pytest.fixture
def account(module_aws_api):
    """Empty; ``build`` makes everything in it. One API for a whole module, because clients cost seconds."""
    moto_api_backend.reset()
    yield Sound(module_aws_api)
    module_aws_api.faults.clear()


@pytest.fixture
def sound(account):
    """Everything is as it should be."""
    return account.build()
