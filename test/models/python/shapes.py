"""The input shapes of botocore's service models, with what a check needs of each at hand."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

_loader = Loader()
# Where botocore's name of a service is not the SDK's in small letters.
_NAMES = {"ServiceQuotas": "service-quotas", "CloudWatchLogs": "logs", "ApplicationAutoScaling": "application-autoscaling", "CostExplorer": "ce", "EventBridge": "events"}


@dataclass
class Form:
    """One shape. `members` are those of a structure, `item` that of a list, `key` and `item` those of a map."""

    name: str
    kind: str
    limits: "dict[str, Any]"
    required: "list[str]" = field(default_factory=list)
    members: "dict[str, Form]" = field(default_factory=dict)
    item: "Form | None" = None
    key: "Form | None" = None
    # Where in the HTTP request a member goes, where it is not the body.
    location: "str | None" = None
    is_streaming: bool = False
    is_union: bool = False


class Model:
    def __init__(self, service: str):
        """`service` is the SDK's name of it, such as `DynamoDB`."""
        self.service = service
        self.model = ServiceModel(_loader.load_service_model(_NAMES.get(service, service.lower()), "service-2"))
        self.forms: "dict[str, Form]" = {}

    def input_of(self, operation: str) -> Form:
        """Raises botocore's OperationNotFoundError for one that the service does not have."""
        shape = self.model.operation_model(operation).input_shape
        return Form(operation, "structure", {}) if shape is None else self._form(shape)

    def documentation_of(self, operation: str, member: str) -> str:
        return self.model.operation_model(operation).input_shape.members[member].documentation

    def _form(self, shape: Shape) -> Form:
        # A member may add to the limits and the place of its shape.
        key = f"{shape.name} {sorted(shape.metadata.items(), key=str)} {sorted(shape.serialization.items(), key=str)}"
        if key in self.forms:
            return self.forms[key]
        limits = {name: shape.metadata[name] for name in ("min", "max", "pattern", "enum") if name in shape.metadata}
        form = Form(shape.name, shape.type_name, limits, location=shape.serialization.get("location"))
        form.is_streaming = bool(shape.serialization.get("streaming"))
        self.forms[key] = form
        if shape.type_name == "structure":
            form.required = list(shape.required_members)
            # DynamoDB's model does not call its values a union.
            form.is_union = bool(shape.metadata.get("union")) or shape.name == "AttributeValue"
            form.members = {name: self._form(member) for name, member in shape.members.items()}
        elif shape.type_name == "list":
            form.item = self._form(shape.member)
        elif shape.type_name == "map":
            form.key, form.item = self._form(shape.key), self._form(shape.value)
        return form


@lru_cache(maxsize=None)
def model_of(service: str) -> Model:
    return Model(service)

