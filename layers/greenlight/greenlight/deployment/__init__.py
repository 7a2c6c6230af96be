"""What AWS says about a deployment: blue and green, and where the test and production listeners are."""

from greenlight.deployment.errors import DeploymentError
from greenlight.deployment.health import Health
from greenlight.deployment.lookup import Deployment, Target
from greenlight.deployment.revisions import ContainerImage, LoadBalancer, Revision, ServiceDeployment
from greenlight.deployment.routes import Route, group_name, shares

__all__ = [
    "ContainerImage",
    "Deployment",
    "DeploymentError",
    "Health",
    "LoadBalancer",
    "Revision",
    "Route",
    "ServiceDeployment",
    "Target",
    "group_name",
    "shares",
]
