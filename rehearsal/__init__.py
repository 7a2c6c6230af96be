"""The rehearsal: a whole ECS deployment played on one machine, with the real hooks and real HTTP servers.

The *world* half (`aws`, `load_balancer`, `demo_app`, `world`) is what a deployment acts upon: an AWS API, a load
balancer that obeys it, and the applications behind it. The other half plays Amazon ECS on that stage.
"""
