# Sourced by the tests whose names change: Knot DNS with the zone peers.test, here alone.

# dns_start ADDRESS <RECORDS: it is asked at port 5353; the zone has an SOA and an NS already
dns_start() {
    mkdir -p "$folder/zones" "$folder/knot"
    { printf '$ORIGIN peers.test.\n@ 1 SOA ns root 1 3600 600 86400 1\n@ NS ns\nns A %s\n' "$1"
        cat; } >"$folder/zones/peers.test.zone"
    cat >"$folder/knot.conf" <<END
server:
    rundir: "$folder/knot"
    listen: [ $1@5353 ]
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
    tcp-reuseport: off
database:
    storage: "$folder/knot"
    journal-db-max-size: 4M
log:
  - target: stderr
    any: warning
zone:
  - domain: peers.test
    storage: "$folder/zones"
    file: peers.test.zone
    zonefile-sync: -1
    journal-content: none
    semantic-checks: off
END
    start dns knotd -c "$folder/knot.conf" -s "$folder/knot/ctl"
    eventually dns_rpc zone-read peers.test @ SOA
}

dns_rpc() { knotc -s "$folder/knot/ctl" "$@"; }
