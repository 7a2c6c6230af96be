"""What a deployment acts upon: the AWS API, the load balancer, the service, and the applications of its revisions."""

from rehearsal.world.applications import ApplicationStartError
from rehearsal.world.revision import Revision
from rehearsal.world.service import ServiceSetup
from rehearsal.world.users import Users
from rehearsal.world.world import World

__all__ = ["ApplicationStartError", "Revision", "ServiceSetup", "Users", "World"]
