/* Connections between processes and servers: made, refused or never answered; bytes that arrive in
 * order, however late, and in pieces; ends that come, and ends that nobody hears of. */
#ifndef SIM_STREAMS_H
#define SIM_STREAMS_H

#include "sim/internal.h"

enum stream_phase {
    STREAM_CONNECTS,
    STREAM_IS_OPEN,
    STREAM_DRAINS, /* the process has closed it: what it sent before still arrives */
};

/* One direction: the first of the queue is due next. */
struct stream_way {
    struct scheduled scheduled; /* SCHEDULED_UP, SCHEDULED_DOWN */
    struct list_node queue;     /* of packets */
    hf_time last_at;            /* when the last of the queue is ready: none overtakes another */
    hf_time again;              /* how long until the next retransmission */
    unsigned tries;
};

struct sim_stream {
    hf_path_id path; /* of the process; 0 when it drains */
    uint32_t number; /* from 2: what the registrar knows it by */
    struct map_node by_number;
    enum stream_phase phase;
    enum hf_transport transport;
    uint32_t process;
    uint32_t server; /* SIM_NONE: nobody lives there */
    bool served;     /* the server has its end of it */
    bool deaf;       /* and does nothing with what comes */
    bool ended;      /* its end is on the way to the process */
    struct hf_address local, remote;
    struct hf_address outside; /* as the server sees us */
    hf_time connect_until;
    size_t given; /* bytes of the first packet downwards that have arrived */
    struct stream_way up, down;
};

/* The process wants one; `local` gets its port. What becomes of it is told to the agent later. */
struct sim_stream *stream_open(struct sim *sim, struct process *process,
                               const struct hf_output_open *open, struct hf_address *local);

/* The process is done with it. */
void stream_close(struct sim *sim, struct sim_stream *stream);

void stream_send_from_process(struct sim *sim, struct sim_stream *stream, struct hf_slice bytes);

/* Nothing, if it has gone meanwhile. */
void stream_send_from_server(struct sim *sim, uint32_t number, struct hf_slice bytes);

/* Whether what the server sends now would reach the process. */
bool stream_leads_home(const struct sim_stream *stream);

/* All of a server: `told`, the processes hear of the end. */
void streams_end(struct sim *sim, const struct server *server, bool told);
void streams_deafen(struct sim *sim, const struct server *server);

void stream_step_up(struct sim *sim, struct scheduled *scheduled);
void stream_step_down(struct sim *sim, struct scheduled *scheduled);
void streams_release(struct sim *sim);

#endif
