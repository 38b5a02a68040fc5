"""What EC2 documents beside its model."""

import base64
import binascii
import re

from faults import shown
from recorded import utf16_length
from rules import rule, where
from shapes import model_of

_API = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_"
_TAGS = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions"
_FILTERS = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html, https://github.com/gjbae1212/gossm/issues/47"
MAX_USER_DATA = 16_384
_MAX_IDS = {"DescribeInstanceStatus": 100, "TerminateInstances": 1000, "DescribeInstances": 1000}


def _break_token(operation, input):
    if "ClientToken" in input:
        for bad in ("a" * 65, "é", ""):
            yield {**input, "ClientToken": bad}


@rule("EC2", "client-token", f"{_API}RunInstances.html", _break_token)
def _token(operation, input):
    token = input.get("ClientToken")
    if token is not None and re.fullmatch(r"[!-~]{1,64}", token) is None:
        yield ".ClientToken", f"must be 1 to 64 ASCII characters (is {shown(token)})"


def _break_user_data(operation, input):
    if "UserData" in input:
        yield {**input, "UserData": base64.b64encode(b"a" * (MAX_USER_DATA + 1)).decode()}
        yield {**input, "UserData": "#!/bin/sh"}


@rule("EC2", "user-data", "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html", _break_user_data)
def _user_data(operation, input):
    data = input.get("UserData")
    if data is None:
        return
    try:
        size = len(base64.b64decode(data, validate=True)) if isinstance(data, str) else MAX_USER_DATA + 1
    except binascii.Error:
        yield ".UserData", "must be base64"
        return
    if size > MAX_USER_DATA:
        yield ".UserData", f"must have at most {MAX_USER_DATA} bytes before it is encoded (has {size})"


def _break_counts(operation, input):
    if operation == "RunInstances":
        yield {**input, "MinCount": input["MaxCount"] + 1}
        yield {**input, "MinCount": 0}
    for template in [input["LaunchTemplate"]] if "LaunchTemplate" in input else []:
        yield {**input, "LaunchTemplate": {**template, "LaunchTemplateId": "lt-1", "LaunchTemplateName": "one"}}
        yield {**input, "LaunchTemplate": {}}
    if operation == "RunInstances" and "LaunchTemplate" not in input:
        yield {name: value for name, value in input.items() if name != "ImageId"}


@rule("EC2", "launches", f"{_API}RunInstances.html", _break_counts)
def _launches(operation, input):
    if operation != "RunInstances":
        return
    if not 1 <= input["MinCount"] <= input["MaxCount"]:
        yield ".MinCount", f"must be 1 to MaxCount, {input['MaxCount']} (is {input['MinCount']})"
    template = input.get("LaunchTemplate")
    if template is not None and ("LaunchTemplateId" in template) == ("LaunchTemplateName" in template):
        yield ".LaunchTemplate", "must have either an id or a name"
    if template is None and "ImageId" not in input:
        yield ".ImageId", "must be given without a launch template"


def _break_tags(operation, input):
    for index, specification in enumerate(input.get("TagSpecifications", [])):
        path = ("TagSpecifications", index, "Tags")
        first = specification["Tags"][0]
        yield where(path, [{"Key": f"key-{number}", "Value": ""} for number in range(51)], input)
        yield where(path, [first, first], input)
        for key in ("", "aws:name", "AWS:name", "a" * 129):
            yield where(path, [{"Key": key, "Value": ""}], input)
        yield where(path, [{"Key": "a", "Value": "a" * 257}], input)
        yield where(path, [], input)
        yield {**input, "TagSpecifications": [specification, specification]}


@rule("EC2", "tags", _TAGS, _break_tags)
def _tags(operation, input):
    specifications = input.get("TagSpecifications", [])
    kinds = [specification.get("ResourceType") for specification in specifications]
    if len(set(kinds)) < len(kinds) or None in kinds:
        yield ".TagSpecifications", "must name each type of resource once"
    for index, specification in enumerate(specifications):
        tags, path = specification.get("Tags", []), f".TagSpecifications[{index}].Tags"
        keys = [tag.get("Key", "") for tag in tags]
        if not 1 <= len(tags) <= 50:
            yield path, f"must be 1 to 50 (are {len(tags)})"
        if len(set(keys)) < len(keys):
            yield path, "must not have a key twice"
        for tag in tags:
            key = tag.get("Key", "")
            if not 1 <= utf16_length(key) <= 128 or key.lower().startswith("aws:"):
                yield path, f"must have keys of 1 to 128 characters without aws: in front (has {shown(key)})"
            if utf16_length(tag.get("Value", "")) > 256:
                yield path, f"must have values of at most 256 characters (that of {shown(key)} has more)"


def _known_filters(operation: str) -> "set[str]":
    """As the reference lists them, which is in botocore's model of the service."""
    listed = re.findall(r"<li>\s*<p>\s*<code>([^<]+)</code>", model_of("EC2").documentation_of(operation, "Filters"))
    return {name.replace("&lt;key&gt;", "").replace("<key>", "") for name in listed}


def _break_filters(operation, input):
    for index, one in enumerate(input.get("Filters", [])):
        yield where(("Filters", index), {**one, "Name": "instance_id"}, input)
        yield where(("Filters", index), {**one, "Values": []}, input)
        yield where(("Filters", index), {**one, "Values": [f"i-{number}" for number in range(201)]}, input)
        yield where(("Filters", index), {**one, "Values": ["a" * 256]}, input)


@rule("EC2", "filters", _FILTERS, _break_filters)
def _filters(operation, input):
    filters = input.get("Filters", [])
    known = _known_filters(operation) if filters else set()
    for index, one in enumerate(filters):
        name, values = one.get("Name", ""), one.get("Values", [])
        if name not in known and not (name.startswith("tag:") and "tag:" in known):
            yield f".Filters[{index}]", f"must be a filter that {operation} knows (is {shown(name)})"
        if not values:
            yield f".Filters[{index}]", "must have a value"
        for value in values:
            if utf16_length(value) > 255:
                yield f".Filters[{index}]", "must have values of at most 255 characters"
    total = sum(len(one.get("Values", [])) for one in filters)
    if total > 200:
        yield ".Filters", f"must have at most 200 values in all (have {total})"


def _break_ids(operation, input):
    if "InstanceIds" in input:
        yield {**input, "InstanceIds": [f"i-{number:017x}" for number in range(_MAX_IDS[operation] + 1)]}
        yield {**input, "InstanceIds": []}
        if operation.startswith("Describe"):
            yield {**input, "MaxResults": 10}


@rule("EC2", "instance-ids", f"{_API}DescribeInstanceStatus.html", _break_ids)
def _ids(operation, input):
    ids = input.get("InstanceIds")
    if ids is None:
        return
    # An empty list is not sent, and then all instances are meant.
    if not 1 <= len(ids) <= _MAX_IDS.get(operation, 1000):
        yield ".InstanceIds", f"must be 1 to {_MAX_IDS.get(operation, 1000)} (are {len(ids)})"
    if "MaxResults" in input:
        yield ".MaxResults", "must not be given together with ids"
