"""What others may rely on: every topic with its keys, headers and values, as JSON Schemas and an AsyncAPI document.

Door: `CONTRACTS`, one entry a topic; `schema_of` and `asyncapi_of` say them in the field's own languages, and
`documents` names the files under `docs/` that hold both. A test compares those files with the code, and another
one every record of a real Kafka with those files.
"""
