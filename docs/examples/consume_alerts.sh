#!/bin/sh
# Take alerts with kcat and jq: from the committed offset of a group of your own, repeats of this run left out.
#     BROKER=kafka:9092 sh consume_alerts.sh        add -e to stop at the end
kcat -b "${BROKER:-localhost:9092}" -G "${GROUP:-my-alerts}" -X auto.offset.reset=earliest -q -u -J "$@" \
    "${PREFIX:-}deal.alerts" |
    jq -rn --unbuffered '
        foreach (inputs | .payload | fromjson) as $alert ({known: {}};
            "\($alert.id) \($alert.sequence)" as $name
            | .new = (.known[$name] | not) | .known[$name] = true;
            select(.new) | $alert | [.transition, .severity, .opportunity, .title] | @tsv)'
