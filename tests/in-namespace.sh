# Sourced before all else by tests that need a network of their own: the test goes on, with `inside`
# as its second argument, in a network namespace that ends with it.
if [ "${2:-}" != inside ]; then
    # As root a network namespace is enough; as somebody else one of users as well.
    for how in '-n' '-rn'; do
        # shellcheck disable=SC2086
        unshare $how true 2>/dev/null && exec unshare $how -- "$0" "$1" inside
    done
    echo "skipped: this machine lets us make no network namespace"
    exit 77
fi
