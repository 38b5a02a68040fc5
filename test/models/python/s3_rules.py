"""What S3 documents beside its model, which has hardly any limits."""

import re

from faults import shown
from recorded import Blob, byte_size
from rules import rule, where

_KEYS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"
_MULTIPART = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html"
_GET = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html"
_PUT = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html"
_BUCKET = re.compile(r"(?!xn--|sthree-)(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]|arn:.*")
_RANGE = re.compile(r"bytes=(\d+)-(\d*)|bytes=-[1-9]\d*")
_ANSWERS = "Response"
MAX_PUT = 5 * 2**30


def _break_names(operation, input):
    if "Key" in input:
        for bad in ("", "a" * 1025, "é" * 513):
            yield {**input, "Key": bad}
    if "Bucket" in input:
        for bad in ("ab", "A-bucket", "a" * 64, "a_b", "10.0.0.1", "-ab"):
            yield {**input, "Bucket": bad}


@rule("S3", "names", _KEYS, _break_names)
def _names(operation, input):
    if "Key" in input and not 1 <= byte_size(input["Key"]) <= 1024:
        yield ".Key", f"must have 1 to 1,024 bytes (has {byte_size(input['Key'])})"
    if "Bucket" in input and _BUCKET.fullmatch(input["Bucket"]) is None:
        yield ".Bucket", f"must be 3 to 63 small letters, digits, dots and dashes (is {shown(input['Bucket'])})"


def _break_range(operation, input):
    if "Range" in input:
        for bad in ("bytes=5-4", "bytes=-0", "0-4", "bytes=0-1,4-5", "bytes=--1"):
            yield {**input, "Range": bad}


@rule("S3", "range", _GET, _break_range)
def _range(operation, input):
    """S3 ignores a range that it cannot read, and sends the whole object."""
    if "Range" not in input:
        return
    found = _RANGE.fullmatch(input["Range"])
    if found is None or (found[1] and found[2] and int(found[1]) > int(found[2])):
        yield ".Range", f"must be one range of bytes (is {shown(input['Range'])})"


def _break_answers(operation, input):
    for member in input:
        if member.startswith(_ANSWERS):
            yield {**input, member: f"{input[member]} – 中"}
            yield {**input, member: f"{input[member]}\r\nx: y"}


@rule("S3", "answer-headers", "https://github.com/IQSS/dataverse/issues/4524", _break_answers)
def _answers(operation, input):
    """ "Header value cannot be represented using ISO-8859-1." """
    for member, value in input.items():
        if member.startswith(_ANSWERS) and not all(" " <= char <= "~" or "\xa0" <= char <= "\xff" for char in value):
            yield f".{member}", f"must be of ISO-8859-1's printable characters (is {shown(value)})"


def _break_bodies(operation, input):
    if operation in ("PutObject", "UploadPart"):
        yield {**input, "Body": Blob(MAX_PUT + 1)}
        yield {**{name: value for name, value in input.items() if name != "ContentLength"}, "Body": Blob(None)}
    if "PartNumber" in input:
        yield {**input, "PartNumber": 0}
        yield {**input, "PartNumber": 10_001}


@rule("S3", "bodies", _PUT, _break_bodies)
def _bodies(operation, input):
    body = input.get("Body")
    if isinstance(body, Blob) and body.size is not None and body.size > MAX_PUT:
        yield ".Body", f"must have at most 5 GiB (has {body.size} bytes)"
    if isinstance(body, Blob) and body.size is None and "ContentLength" not in input:
        yield ".ContentLength", "must be given with a stream, whose length S3 does not know"
    if "PartNumber" in input and not 1 <= input["PartNumber"] <= 10_000:
        yield ".PartNumber", f"must be 1 to 10,000 (is {input['PartNumber']})"


def _break_parts(operation, input):
    parts = input.get("MultipartUpload", {}).get("Parts", [])
    if operation == "CompleteMultipartUpload":
        yield where(("MultipartUpload", "Parts"), [], input)
        yield where(("MultipartUpload", "Parts"), [*parts, parts[0]], input)
        yield where(("MultipartUpload", "Parts", 0), {"PartNumber": 1}, input)


@rule("S3", "parts", _MULTIPART, _break_parts)
def _parts(operation, input):
    if operation != "CompleteMultipartUpload":
        return
    parts = input.get("MultipartUpload", {}).get("Parts", [])
    numbers = [part.get("PartNumber", 0) for part in parts]
    if not 1 <= len(parts) <= 10_000:
        yield ".MultipartUpload.Parts", f"must be 1 to 10,000 (are {len(parts)})"
    if sorted(set(numbers)) != numbers:
        yield ".MultipartUpload.Parts", "must be in order, each once"
    if any(not part.get("ETag") for part in parts):
        yield ".MultipartUpload.Parts", "must have the ETag that UploadPart answered"
