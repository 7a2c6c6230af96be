"""Functions of the template, run in this process."""

import importlib.util
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from importlib.machinery import SourceFileLoader
from types import ModuleType
from typing import Any

from greenlight import aws
from rehearsal.clock import Clock
from rehearsal.invokers.base import Invocation, InvokerError
from rehearsal.invokers.environment import environment
from rehearsal.invokers.execution import Handler, HandlerNotLoadedError, Limits, execute
from rehearsal.template import DeclaredFunction

# Functions that are imported side by side would see each other's environment.
_importing = threading.Lock()


class InProcessInvoker:
    """Runs functions as the template declares them: handler, environment, time-out, memory.

    A function is imported at its first invocation and stays warm. It sees its own environment only while it is
    imported; what it needs later (``AWS_*``) has to be in this process's environment for as long as hooks run.

    Args:
        functions: The template's functions.
        environment: What the rehearsal's AWS API asks a client to have in its environment.
        clock: The time of day inside the functions.

    Raises:
        TemplateError: When a function's environment cannot be worked out.
    """

    def __init__(self, functions: Iterable[DeclaredFunction], environment: Mapping[str, str], clock: Clock) -> None:
        self._functions = {function.arn: function for function in functions}
        self._environments = {
            function.arn: {**_runtime_environment(function), **environment, **function.environment()}
            for function in self._functions.values()
        }
        self._handlers: dict[str, Handler] = {}
        # In Lambda a function keeps its clients, and its world stays the same; here another rehearsal has another API.
        aws.forget_clients()
        self._clock = clock

    def invoke(self, function_arn: str, event: dict[str, Any]) -> Invocation:
        """Invoke a function of the template; see Invoker.

        Raises:
            InvokerError: When the template has no such function.
        """
        if function_arn not in self._functions:
            raise InvokerError(f"the template has no function {function_arn}")
        function = self._functions[function_arn]
        limits = Limits(timeout=function.timeout, memory=function.memory)
        return execute(self._loader(function), function_arn, event, limits=limits, now=self._clock.now)

    def _loader(self, function: DeclaredFunction) -> Callable[[], Handler]:
        def load() -> Handler:
            with _importing:
                if function.arn not in self._handlers:
                    with environment(self._environments[function.arn]):
                        self._handlers[function.arn] = _handler(function)
                return self._handlers[function.arn]

        return load


def _runtime_environment(function: DeclaredFunction) -> dict[str, str]:
    """Return what Lambda itself sets.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    """
    return {
        "_HANDLER": function.handler,
        "AWS_LAMBDA_FUNCTION_NAME": function.logical_id,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.logical_id}",
        "LAMBDA_TASK_ROOT": str(function.code_folder),
    }


def _handler(function: DeclaredFunction) -> Handler:
    module_name, _, name = function.handler.rpartition(".")
    module = _imported(function, module_name)
    handler = getattr(module, name, None)
    if not callable(handler):
        raise HandlerNotLoadedError(f"Runtime.HandlerNotFound: Handler '{name}' missing on module '{module_name}'")
    found: Handler = handler
    return found


class _Loader(SourceFileLoader):
    """Leaves no bytecode in the function's folder, from where it would go into its package."""

    def set_data(self, path: Any, data: Any, *, _mode: int = 0) -> None:
        """Write nothing."""


def _imported(function: DeclaredFunction, module_name: str) -> ModuleType:
    path = function.code_folder.joinpath(*module_name.split(".")).with_suffix(".py")
    # Every function has a module "app": each gets a name of its own, or the second would be the first.
    name = f"rehearsed_{function.logical_id}_{id(function)}"
    spec = importlib.util.spec_from_file_location(name, path, loader=_Loader(name, str(path)))
    if spec is None or spec.loader is None or not path.is_file():
        message = f"Runtime.ImportModuleError: Unable to import module '{module_name}': no file {path}"
        raise HandlerNotLoadedError(message)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses, among others, look their module up
    sys.path.insert(0, str(function.code_folder))
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        message = f"Runtime.ImportModuleError: Unable to import module '{module_name}': {error}"
        raise HandlerNotLoadedError(message) from error
    finally:
        sys.path.remove(str(function.code_folder))
    return module
