"""Target health, asked as an Application Load Balancer asks: a GET of the health check path at every target."""

import http.client

from rehearsal.load_balancer.configuration import HealthCheck


def is_healthy(address: str, port: int, check: HealthCheck) -> bool:
    """Whether a target answers its health check in time with one of the expected status codes.

    Args:
        address: The target's IP address.
        port: The port that gets the traffic.
        check: The target group's health check.
    """
    connection = http.client.HTTPConnection(address, check.port or port, timeout=check.timeout)
    try:
        connection.request("GET", check.path, headers={"User-Agent": "ELB-HealthChecker/2.0"})
        return has_code(check.codes, connection.getresponse().status)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def has_code(codes: str, status: int) -> bool:
    """Whether a matcher such as `200`, `200,202` or `200-299` holds a status code."""
    for part in codes.split(","):
        first, _, last = part.partition("-")
        if int(first) <= status <= int(last or first):
            return True
    return False
