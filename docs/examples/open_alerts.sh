#!/bin/sh
# The alerts that are not resolved now, one line of JSON each: the latest message of each key, without those taken away.
#     BROKER=kafka:9092 sh open_alerts.sh
kcat -b "${BROKER:-localhost:9092}" -C -t "${PREFIX:-}deal.alerts.open" -o beginning -e -q -J |
    jq -cn 'reduce inputs as $record ({};
            if $record.payload == null then del(.[$record.key]) else .[$record.key] = $record.payload end)
        | .[] | fromjson'
