"""What SQS documents beside its model, which has hardly any limits."""

import json
import re
from typing import Any, Iterator

from faults import shown
from recorded import Blob, LongString, byte_size
from rules import rule, where

_QUOTAS = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"
_API = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_"
MAX_MESSAGE = 1_048_576
# What XML 1.0 allows, and so SQS.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_GROUP = re.compile(r"[!-~]{1,128}")
_ATTRIBUTE_NAME = re.compile(r"(?!aws\.|amazon\.|\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)", re.I)
_DATA_TYPE = re.compile(r"(?:String|Number|Binary)(?:\.[^\x00-\x1f]{1,249})?")
_QUEUE_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}(?:\.fifo)?")
_RANGES = {
    "SendMessage": {"DelaySeconds": (0, 900)},
    "ReceiveMessage": {"MaxNumberOfMessages": (1, 10), "WaitTimeSeconds": (0, 20), "VisibilityTimeout": (0, 43_200)},
    "ChangeMessageVisibility": {"VisibilityTimeout": (0, 43_200)},
}
_QUEUE_RANGES = {"VisibilityTimeout": (0, 43_200), "MessageRetentionPeriod": (60, 1_209_600), "DelaySeconds": (0, 900)}


def _messages(operation: str, input: "dict[str, Any]") -> "Iterator[tuple[str, dict[str, Any]]]":
    if operation == "SendMessage":
        yield "", input
    if operation == "SendMessageBatch":
        yield from ((f".Entries[{index}]", entry) for index, entry in enumerate(input["Entries"]))


def _size(message: "dict[str, Any]") -> int:
    size = byte_size(message["MessageBody"])
    for name, attribute in message.get("MessageAttributes", {}).items():
        value = attribute.get("StringValue", "")
        binary = attribute.get("BinaryValue")
        size += byte_size(name) + byte_size(attribute["DataType"]) + byte_size(value) + (binary.size if isinstance(binary, Blob) else 0)
    return size


def _break_size(operation: str, input: "dict[str, Any]"):
    if operation == "SendMessage":
        yield {**input, "MessageBody": "a" * (MAX_MESSAGE + 1)}
        yield {**input, "MessageBody": "é" * (MAX_MESSAGE // 2 + 1)}
        yield {**input, "MessageBody": ""}


@rule("SQS", "message-size", f"{_API}SendMessage.html", _break_size)
def _message_size(operation, input):
    total = 0
    for path, message in _messages(operation, input):
        if byte_size(message["MessageBody"]) == 0:
            yield f"{path}.MessageBody", "must not be empty"
        total += _size(message)
    if total > MAX_MESSAGE:
        yield ".MessageBody", f"must have at most {MAX_MESSAGE} bytes with its attributes (has {total})"


def _break_characters(operation: str, input: "dict[str, Any]"):
    for char in "\0\x0b\ufffe\uffff":
        if operation == "SendMessage":
            yield {**input, "MessageBody": input["MessageBody"] + char}
        for name in input.get("MessageAttributes", {}):
            yield where(("MessageAttributes", name, "StringValue"), f"a{char}", input)


@rule("SQS", "characters", _QUOTAS, _break_characters)
def _characters(operation, input):
    for path, message in _messages(operation, input):
        texts = {".MessageBody": message["MessageBody"]}
        for name, attribute in message.get("MessageAttributes", {}).items():
            texts[f".MessageAttributes[{name}].StringValue"] = attribute.get("StringValue", "")
        for member, text in texts.items():
            if isinstance(text, LongString):
                yield path + member, "is too long to be recorded, so that its characters could not be checked"
            elif (found := _FORBIDDEN.search(text)) is not None:
                yield path + member, f"holds {found.group()!r}, which SQS refuses"


def _break_group(operation: str, input: "dict[str, Any]"):
    if "MessageGroupId" in input:
        for group in ("", "a" * 129, "an owner", "é"):
            yield {**input, "MessageGroupId": group}


@rule("SQS", "message-group", _QUOTAS, _break_group)
def _message_group(operation, input):
    for path, message in _messages(operation, input):
        group = message.get("MessageGroupId")
        if group is not None and _GROUP.fullmatch(group) is None:
            yield f"{path}.MessageGroupId", f"must be 1 to 128 letters, digits and punctuation marks (is {shown(group)})"


def _break_attributes(operation: str, input: "dict[str, Any]"):
    attributes = input.get("MessageAttributes", {})
    for name, attribute in attributes.items():
        yield {**input, "MessageAttributes": {f"{name}{number}": attribute for number in range(11)}}
        for bad in ("AWS.a", ".a", "a..b", "a.", "a b", "a" * 257):
            yield {**input, "MessageAttributes": {bad: attribute}}
        yield where(("MessageAttributes", name, "DataType"), "Text", input)
        yield where(("MessageAttributes", name, "StringValue"), "", input)


@rule("SQS", "message-attributes", f"{_API}MessageAttributeValue.html", _break_attributes)
def _message_attributes(operation, input):
    for path, message in _messages(operation, input):
        attributes = message.get("MessageAttributes", {})
        if len(attributes) > 10:
            yield f"{path}.MessageAttributes", f"must be at most 10 (are {len(attributes)})"
        for name, attribute in attributes.items():
            at = f"{path}.MessageAttributes[{name}]"
            if _ATTRIBUTE_NAME.fullmatch(name) is None:
                yield at, "has a name that SQS refuses"
            if _DATA_TYPE.fullmatch(attribute["DataType"]) is None:
                yield at, f"must be a String, Number or Binary (is {shown(attribute['DataType'])})"
            elif byte_size(attribute.get("StringValue", "")) == 0 and not attribute["DataType"].startswith("Binary"):
                yield at, "must have a value"


def _break_numbers(operation: str, input: "dict[str, Any]"):
    for member, (low, high) in _RANGES.get(operation, {}).items():
        if member in input:
            yield {**input, member: low - 1}
            yield {**input, member: high + 1}


@rule("SQS", "numbers", f"{_API}SendMessage.html", _break_numbers)
def _numbers(operation, input):
    for member, (low, high) in _RANGES.get(operation, {}).items():
        if member in input and not low <= input[member] <= high:
            yield f".{member}", f"must be {low} to {high} (is {input[member]})"


def _break_entries(operation: str, input: "dict[str, Any]"):
    if "Entries" in input:
        (first, *_) = input["Entries"]
        yield {**input, "Entries": []}
        yield {**input, "Entries": [{**first, "Id": str(number)} for number in range(11)]}
        yield {**input, "Entries": [first, first]}
        for bad in ("", "a b", "a" * 81):
            yield {**input, "Entries": [{**first, "Id": bad}]}


@rule("SQS", "batch-entries", f"{_API}DeleteMessageBatch.html", _break_entries)
def _entries(operation, input):
    if "Entries" not in input:
        return
    ids = [entry["Id"] for entry in input["Entries"]]
    if not 1 <= len(ids) <= 10:
        yield ".Entries", f"must be 1 to 10 (are {len(ids)})"
    if len(set(ids)) < len(ids):
        yield ".Entries", "must have different ids"
    for bad in (one for one in ids if re.fullmatch(r"[A-Za-z0-9_-]{1,80}", one) is None):
        yield ".Entries", f"must have ids of 1 to 80 letters, digits, dashes and underscores (has {shown(bad)})"


def _break_queue(operation: str, input: "dict[str, Any]"):
    if operation == "CreateQueue":
        for bad in ("", "a" * 81, "a b"):
            yield {**input, "QueueName": bad}
        for name, (low, high) in _QUEUE_RANGES.items():
            if name in input.get("Attributes", {}):
                yield where(("Attributes", name), str(low - 1), input)
                yield where(("Attributes", name), str(high + 1), input)
        if "RedrivePolicy" in input.get("Attributes", {}):
            yield where(("Attributes", "RedrivePolicy"), json.dumps({"deadLetterTargetArn": "arn", "maxReceiveCount": 1001}), input)


@rule("SQS", "queue", f"{_API}CreateQueue.html", _break_queue)
def _queue(operation, input):
    if operation != "CreateQueue":
        return
    if _QUEUE_NAME.fullmatch(input["QueueName"]) is None:
        yield ".QueueName", f"must be 1 to 80 letters, digits, dashes and underscores (is {shown(input['QueueName'])})"
    attributes = input.get("Attributes", {})
    for name, (low, high) in _QUEUE_RANGES.items():
        if name in attributes and not low <= int(attributes[name]) <= high:
            yield f".Attributes[{name}]", f"must be {low} to {high} (is {attributes[name]})"
    count = json.loads(attributes.get("RedrivePolicy", "{}")).get("maxReceiveCount", 1)
    if not 1 <= int(count) <= 1000:
        yield ".Attributes[RedrivePolicy]", f"must have a maxReceiveCount of 1 to 1000 (has {count})"
