#include "net/paths.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/assert.h"
#include "net/clock.h"
#include "net/local_address.h"

/* What makes two sockets the same. */
struct socket_key {
    struct hf_address local; /* as it was asked for */
    uint8_t dscp;
    uint8_t reserved[3];
};

struct net_socket {
    uint64_t number;
    struct socket_key key;
    struct net_paths *paths;
    struct udp_socket *udp;
    struct list_node in_all;
    struct map_node by_key;
    struct list_node in_pending;
    struct list_node members;
};

void net_paths_init(struct net_paths *paths, uv_loop_t *loop, const struct udp_handler *handler,
                    void *owner) {
    uint64_t seed[4];

    net_seed(seed);
    *paths = (struct net_paths){
        .loop = loop, .handler = *handler, .owner = owner, .key = {{seed[0], seed[1]}}};
    list_init(&paths->sockets);
    list_init(&paths->pending);
}

/* Has net_paths_flush look at it: it costs nothing that other sockets exist. */
static void look_later(struct net_socket *socket) {
    if (!list_is_linked(&socket->in_pending))
        list_append(&socket->paths->pending, &socket->in_pending);
}

void *net_socket_owner(const struct net_socket *socket) {
    return socket->paths->owner;
}

static uint64_t id_hash(hf_path_id id) {
    return id * 0x9e3779b97f4a7c15u >> 32;
}

static uint64_t peer_hash(const struct net_paths *paths, const struct net_socket *socket,
                          const struct hf_address *peer) {
    struct {
        uint64_t number;
        struct hf_address peer;
    } key = {socket->number, *peer};

    return hash_bytes(&paths->key, &key, sizeof key);
}

struct net_path *net_path_find(const struct net_paths *paths, hf_path_id id) {
    for (struct map_node *n = map_first(&paths->by_id, id_hash(id)); n; n = map_next(n)) {
        struct net_path *path = CONTAINER_OF(n, struct net_path, by_id);

        if (path->id == id)
            return path;
    }
    return NULL;
}

struct net_path *net_path_to_peer(const struct net_paths *paths, const struct net_socket *socket,
                                  const struct hf_address *peer) {
    uint64_t hash = peer_hash(paths, socket, peer);

    for (struct map_node *n = map_first(&paths->by_peer, hash); n; n = map_next(n)) {
        struct net_path *path = CONTAINER_OF(n, struct net_path, by_peer);

        if (path->socket == socket && address_equal(&path->remote, peer))
            return path;
    }
    return NULL;
}

struct net_path *net_path_any(const struct net_socket *socket) {
    struct list_node *node = list_first(&socket->members);

    return node ? CONTAINER_OF(node, struct net_path, in_socket) : NULL;
}

static bool is_any(const struct hf_address *address) {
    static const uint8_t zero[16];

    return memcmp(address->ip, zero, sizeof zero) == 0;
}

/* A port that was asked for is taken at the one address that the peer will see: at another it may
 * be somebody else's, a server's on this very host. 0 or a negative errno. */
static int key_for(const struct hf_output_open *open, struct socket_key *ret) {
    *ret = (struct socket_key){.local = open->local, .dscp = open->dscp};
    if (ret->local.family == HF_FAMILY_NONE)
        ret->local.family = open->remote.family;
    if (open->local.port == 0 || !is_any(&ret->local))
        return 0;
    int error = udp_source_for(&open->remote, &ret->local);

    ret->local.port = open->local.port;
    return error;
}

static struct net_socket *find_socket(const struct net_paths *paths, const struct socket_key *key) {
    uint64_t hash = hash_bytes(&paths->key, key, sizeof *key);

    for (struct map_node *n = map_first(&paths->by_socket_key, hash); n; n = map_next(n)) {
        struct net_socket *socket = CONTAINER_OF(n, struct net_socket, by_key);

        if (memcmp(&socket->key, key, sizeof *key) == 0)
            return socket;
    }
    return NULL;
}

/* A socket that may have any port asks for the one that it had before. */
static int open_udp(struct net_paths *paths, struct net_socket *socket) {
    const struct net_ports *ports = &paths->ports;
    const struct socket_key *key = &socket->key;
    struct udp_options options = {
        .local = key->local, .dscp = key->dscp, .receive_buffer = paths->receive_buffer};
    bool any = key->local.port == 0;
    int error = -EADDRINUSE;

    if (any && ports->wanted)
        options.local.port = ports->wanted(ports->user, &key->local, key->dscp);
    uint16_t wanted = options.local.port;

    if (any && wanted != 0)
        error = udp_open(paths->loop, &options, &paths->handler, socket, &socket->udp);
    if (!any || error) {
        options.local.port = key->local.port;
        error = udp_open(paths->loop, &options, &paths->handler, socket, &socket->udp);
    }
    if (!error && any && ports->bound)
        ports->bound(ports->user, &key->local, key->dscp, wanted, udp_local(socket->udp).port);
    return error;
}

/* Opens it and puts it into the index. */
static int open_socket(struct net_paths *paths, struct net_socket *socket) {
    if (!paths->receive_buffer)
        paths->receive_buffer = malloc(UDP_RECEIVE_BYTES);
    if (!paths->receive_buffer)
        return -ENOMEM;
    int error = open_udp(paths, socket);

    if (!error && map_insert(&paths->by_socket_key, &socket->by_key,
                             hash_bytes(&paths->key, &socket->key, sizeof socket->key))) {
        udp_close(socket->udp);
        error = -ENOMEM;
    }
    return error;
}

static int make_socket(struct net_paths *paths, const struct socket_key *key,
                       struct net_socket **ret) {
    struct net_socket *socket = calloc(1, sizeof *socket);

    if (!socket)
        return -ENOMEM;
    socket->key = *key;
    int error = open_socket(paths, socket);

    if (error) {
        free(socket);
        return error;
    }
    socket->number = ++paths->last_socket;
    socket->paths = paths;
    list_init(&socket->members);
    list_init(&socket->in_pending);
    look_later(socket); /* until it has a path */
    list_append(&paths->sockets, &socket->in_all);
    *ret = socket;
    return 0;
}

static void close_socket(struct net_socket *socket) {
    map_remove(&socket->paths->by_socket_key, &socket->by_key);
    list_remove(&socket->in_all);
    list_remove(&socket->in_pending);
    udp_close(socket->udp);
    free(socket);
}

static void describe(char *detail, size_t size, const struct hf_address *address, int error) {
    char text[ADDRESS_TEXT_MAX];
    struct writer w = writer_of(text, sizeof text);

    address_write(&w, address);
    (void)writer_terminate(&w);
    snprintf(detail, size, "%s: %s", text, strerror(-error));
}

/* Which of this machine's addresses the path has. */
static int set_local(struct net_path *path) {
    const struct hf_address bound = udp_local(path->socket->udp);

    path->local = bound;
    if (!is_any(&bound))
        return 0;
    int error = udp_source_for(&path->remote, &path->source);

    path->local = path->source;
    path->local.port = bound.port;
    return error;
}

static int index_path(struct net_paths *paths, struct net_path *path) {
    if (map_insert(&paths->by_id, &path->by_id, id_hash(path->id)))
        return -ENOMEM;
    if (map_insert(&paths->by_peer, &path->by_peer,
                   peer_hash(paths, path->socket, &path->remote))) {
        map_remove(&paths->by_id, &path->by_id);
        return -ENOMEM;
    }
    list_append(&path->socket->members, &path->in_socket);
    return 0;
}

static int find_or_make(struct net_paths *paths, const struct socket_key *key,
                        struct net_socket **ret) {
    *ret = find_socket(paths, key);
    return *ret ? 0 : make_socket(paths, key, ret);
}

/* The socket of a path, on another port where that will do. */
static int socket_for(struct net_paths *paths, const struct hf_output_open *open,
                      struct socket_key *key, struct net_socket **ret) {
    struct hf_output_open other = *open;
    int error = find_or_make(paths, key, ret);

    if (!error || !open->or_any_port || open->local.port == 0)
        return error;
    other.local.port = 0;
    error = key_for(&other, key);
    return error ? error : find_or_make(paths, key, ret);
}

int net_path_open(struct net_paths *paths, const struct hf_output_open *open, struct net_path **ret,
                  enum hf_path_failure *ret_failure, char *detail, size_t detail_size) {
    struct socket_key key;
    int error = key_for(open, &key);

    if (error) {
        *ret_failure = HF_PATH_UNREACHABLE;
        describe(detail, detail_size, &open->remote, error);
        return error;
    }
    struct net_socket *socket;

    error = socket_for(paths, open, &key, &socket);
    if (error) {
        *ret_failure = HF_PATH_LOCAL_PORT;
        describe(detail, detail_size, &key.local, error);
        return error;
    }
    struct net_path *path = calloc(1, sizeof *path);

    *ret_failure = HF_PATH_UNREACHABLE;
    if (!path) {
        describe(detail, detail_size, &open->remote, -ENOMEM);
        return -ENOMEM;
    }
    path->id = open->path;
    path->remote = open->remote;
    path->socket = socket;
    path->is_chosen = open->local.family != HF_FAMILY_NONE && !is_any(&open->local);
    list_init(&path->in_socket);
    error = set_local(path);
    if (!error)
        error = index_path(paths, path);
    if (error) {
        describe(detail, detail_size, &open->remote, error);
        free(path);
        return error;
    }
    *ret = path;
    return 0;
}

void net_path_close(struct net_paths *paths, struct net_path *path) {
    map_remove(&paths->by_id, &path->by_id);
    map_remove(&paths->by_peer, &path->by_peer);
    list_remove(&path->in_socket);
    if (list_is_empty(&path->socket->members))
        look_later(path->socket);
    free(path);
}

/* Whether the peer would be sent to from elsewhere now. */
static bool is_lost(const struct net_path *path, struct local_addresses *addresses) {
    struct hf_address source;

    if (!local_addresses_have(addresses, &path->local))
        return true;
    return !path->is_chosen && udp_source_for(&path->remote, &source) == 0 &&
           !address_same_host(&source, &path->local);
}

static void drop_lost_of(struct net_socket *socket, struct local_addresses *addresses,
                         void (*lost)(void *user, hf_path_id path, const char *detail),
                         void *user) {
    char detail[LOCAL_ADDRESS_DETAIL_MAX];

    for (struct list_node *n = socket->members.next, *next; n != &socket->members; n = next) {
        struct net_path *path = CONTAINER_OF(n, struct net_path, in_socket);
        hf_path_id id = path->id;

        next = n->next;
        if (!is_lost(path, addresses))
            continue;
        local_address_describe(detail, sizeof detail, &path->local,
                               !local_addresses_have(addresses, &path->local));
        net_path_close(socket->paths, path);
        lost(user, id, detail);
    }
}

void net_paths_drop_lost(struct net_paths *paths,
                         void (*lost)(void *user, hf_path_id path, const char *detail),
                         void *user) {
    struct local_addresses addresses = {0};

    for (struct list_node *n = paths->sockets.next; n != &paths->sockets; n = n->next)
        drop_lost_of(CONTAINER_OF(n, struct net_socket, in_all), &addresses, lost, user);
}

void net_path_send(struct net_path *path, const struct hf_address *to, struct hf_slice bytes) {
    look_later(path->socket);
    udp_send(path->socket->udp, to, path->source.family ? &path->source : NULL, bytes);
}

void net_paths_receive(struct net_paths *paths) {
    for (struct list_node *n = paths->sockets.next; n != &paths->sockets; n = n->next)
        udp_receive(CONTAINER_OF(n, struct net_socket, in_all)->udp);
}

void net_paths_flush(struct net_paths *paths) {
    for (struct list_node *n; (n = list_take_first(&paths->pending)) != NULL;) {
        struct net_socket *socket = CONTAINER_OF(n, struct net_socket, in_pending);

        udp_flush(socket->udp);
        if (list_is_empty(&socket->members) && socket->key.local.port != 0)
            close_socket(socket);
    }
}

void net_paths_release(struct net_paths *paths) {
    for (struct list_node *n; (n = list_first(&paths->sockets)) != NULL;) {
        struct net_socket *socket = CONTAINER_OF(n, struct net_socket, in_all);

        for (struct net_path *path; (path = net_path_any(socket)) != NULL;)
            net_path_close(paths, path);
        close_socket(socket);
    }
    map_release(&paths->by_id);
    map_release(&paths->by_peer);
    map_release(&paths->by_socket_key);
    free(paths->receive_buffer);
}
