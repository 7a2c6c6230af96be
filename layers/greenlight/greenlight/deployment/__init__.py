"""What AWS says about a deployment: blue and green, and where the test and production listeners are."""

from greenlight.deployment.errors import DeploymentError
from greenlight.deployment.lookup import Deployment, Target
from greenlight.deployment.revisions import ContainerImage, LoadBalancer, Revision, ServiceDeployment

__all__ = [
    "ContainerImage",
    "Deployment",
    "DeploymentError",
    "LoadBalancer",
    "Revision",
    "ServiceDeployment",
    "Target",
]
