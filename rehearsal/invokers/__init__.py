"""The ways to invoke a hook: in this process, at a Lambda endpoint, as any Python function."""

from rehearsal.invokers.base import Invocation, Invoker, InvokerError
from rehearsal.invokers.callables import CallableInvoker, function_arn, load_callable
from rehearsal.invokers.environment import environment, sealed
from rehearsal.invokers.in_process import InProcessInvoker
from rehearsal.invokers.lambda_endpoint import LambdaEndpointInvoker
from rehearsal.invokers.output import divided_output
from rehearsal.invokers.router import Router

__all__ = [
    "CallableInvoker",
    "InProcessInvoker",
    "Invocation",
    "Invoker",
    "InvokerError",
    "LambdaEndpointInvoker",
    "Router",
    "divided_output",
    "environment",
    "function_arn",
    "load_callable",
    "sealed",
]
