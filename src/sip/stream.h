/* From the bytes of a connection to messages, pure: RFC 3261 sections 7.5 and 18.3, and the pings
 * and pongs between messages (RFC 5626 section 3.5.1). However the bytes are cut on their way, the
 * same items come out. Memory is held only while a message is incomplete, and never more than
 * LIMIT_MESSAGE_BYTES. */
#ifndef SIP_STREAM_H
#define SIP_STREAM_H

#include "base/slice.h"

struct stream {
    char *buffer; /* of an incomplete message; NULL: none */
    uint32_t len;
    uint32_t capacity;
    uint32_t searched; /* bytes that hold no end of the header fields */
    uint32_t whole;    /* the message's length; 0: not known yet */
    bool given;        /* the buffer was handed out, and is not needed any more */
    bool cr;           /* a CR has come, maybe of a CRLF */
    bool half_ping;    /* a CRLF has come, maybe the first half of a ping */
    bool pong_awaited; /* we pinged: the next CRLF is the pong (set by the owner) */
};

enum stream_item {
    STREAM_MORE,     /* all bytes are used up */
    STREAM_MESSAGE,  /* a whole message, header fields not looked at but for its length */
    STREAM_PING,     /* CRLF CRLF: wants a CRLF back (section 4.4.1) */
    STREAM_PONG,     /* the CRLF that was awaited */
    STREAM_UNFRAMED, /* header fields without a usable Content-Length: nobody knows where the next
                        message begins, the connection is of no use any more */
    STREAM_BROKEN,   /* this is not SIP, or longer than any message: as above */
    STREAM_NO_MEMORY,
};

/* Takes the next item from the front of `*input`. `*ret` is the message, or the header fields of
 * STREAM_UNFRAMED; good until the next call, and as long as the input. After one of the last three
 * only stream_clear may follow. */
enum stream_item stream_next(struct stream *stream, struct hf_slice *input, struct hf_slice *ret);

/* Frees what is held; the stream begins anew. */
void stream_clear(struct stream *stream);

#endif
