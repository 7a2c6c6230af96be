"""A local stand-in for an Application Load Balancer: real sockets, obeying what moto's elbv2 API holds at that moment."""

from rehearsal.load_balancer.balancer import LoadBalancer
from rehearsal.load_balancer.exchange import Exchange

__all__ = ["Exchange", "LoadBalancer"]
