"""The AWS API of the rehearsal: moto's server on loopback, with the ECS deployments that moto lacks, and faults on demand."""
