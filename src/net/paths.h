/* The agent's UDP paths over the sockets that carry them. Sockets are shared: one for each family,
 * local address, local port and DSCP, however many peers it talks to. One whose port
 * nobody asked for is kept when no path needs it: an account that waits before it tries again
 * comes back from the same port, with the same Contact, and through the same hole in a NAT. */
#ifndef NET_PATHS_H
#define NET_PATHS_H

#include <uv.h>

#include "base/hash.h"
#include "base/list.h"
#include "base/map.h"
#include "net/udp.h"

struct net_socket;

struct net_path {
    hf_path_id id;
    struct hf_address remote;
    struct hf_address local;  /* as the peer sees it, as far as this host knows */
    struct hf_address source; /* family NONE when the socket is bound to one address */
    bool is_chosen;           /* `local` is one that was asked for, whatever the routes say */
    struct net_socket *socket;
    struct list_node in_socket;
    struct map_node by_id;
    struct map_node by_peer;
};

/* Who knows which port a socket that may have any had before, so that it gets the same again. Each
 * may be NULL. `local` is where it is bound, its port 0. */
struct net_ports {
    /* 0: none. */
    uint16_t (*wanted)(void *user, const struct hf_address *local, uint8_t dscp);
    /* The port that it got, before anything is sent from there. */
    void (*bound)(void *user, const struct hf_address *local, uint8_t dscp, uint16_t wanted,
                  uint16_t port);
    /* Whether a port for which another will do may be taken: somebody else of this process may have
     * more right to it. */
    bool (*may_take)(void *user, uint16_t port);
    void *user;
};

struct net_paths {
    uv_loop_t *loop;
    struct udp_handler handler; /* its user is a struct net_socket */
    void *owner;
    struct net_ports ports;
    struct map by_id;
    struct map by_peer;
    struct map by_socket_key;
    struct hash_key key;
    char *receive_buffer; /* of all sockets; made with the first one */
    struct list_node sockets;
    struct list_node pending; /* sockets with something to send or without a path */
    uint64_t last_socket;
};

void net_paths_init(struct net_paths *paths, uv_loop_t *loop, const struct udp_handler *handler,
                    void *owner);

/* Closes every socket and frees every path. */
void net_paths_release(struct net_paths *paths);

/* Opens a path, from another port where that will do and the one wanted cannot be had. 0, or a
 * negative errno with *ret_failure and a text of what went wrong. */
int net_path_open(struct net_paths *paths, const struct hf_output_open *open, struct net_path **ret,
                  enum hf_path_failure *ret_failure, char *detail, size_t detail_size);

/* Forgets a path. net_paths_flush closes its socket when no path needs it. */
void net_path_close(struct net_paths *paths, struct net_path *path);

struct net_path *net_path_find(const struct net_paths *paths, hf_path_id id);

/* Closes the paths whose local address is gone, or which the system would now open from another
 * one, and tells `lost` of each. A way that is only missing may come back: those are kept. Not from
 * within a socket's handler. */
void net_paths_drop_lost(struct net_paths *paths,
                         void (*lost)(void *user, hf_path_id path, const char *detail), void *user);

/* The path to this peer; NULL when there is none. */
struct net_path *net_path_to_peer(const struct net_paths *paths, const struct net_socket *socket,
                                  const struct hf_address *peer);

/* Any path of the socket, for what strangers send; NULL when there is none. */
struct net_path *net_path_any(const struct net_socket *socket);

void net_path_send(struct net_path *path, const struct hf_address *to, struct hf_slice bytes);

/* Sends what is queued, and closes sockets without a path whose port was asked for. Not from within
 * a socket's handler. */
void net_paths_flush(struct net_paths *paths);

/* Hands over what has come already, without waiting for the loop to notice. Not from within a
 * socket's handler. */
void net_paths_receive(struct net_paths *paths);

void *net_socket_owner(const struct net_socket *socket);

#endif
