/* The answer to a REGISTER that all parsers are measured with: 722 bytes, as a registrar behind a
 * proxy sends it. */
#ifndef BENCH_ANSWER_H
#define BENCH_ANSWER_H

static const char bench_answer[] =
    "SIP/2.0 200 OK\r\n"
    "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK00000001000000017d1f3a9be2c45f60;"
    "rport=5060;received=192.0.2.10\r\n"
    "From: \"Alice Example\" <sip:alice@sip.example.com>;tag=9f1c2b3a4d5e6f70\r\n"
    "To: \"Alice Example\" "
    "<sip:alice@sip.example.com>;tag=b27e1a1d33761e85846fc98f5f3a7e58.0a1b\r\n"
    "Call-ID: 0f1e2d3c4b5a69788796a5b4c3d2e1f0\r\n"
    "CSeq: 4711 REGISTER\r\n"
    "Contact: <sip:alice@192.0.2.10:5060;line=0badcafe>;expires=3600;"
    "+sip.instance=\"<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>\"\r\n"
    "Authentication-Info: nextnonce=\"Y0aXnGNGlmv+7NQ3bCzUyqV0F+5Z6xY1\", qop=auth\r\n"
    "Date: Sat, 21 Nov 2026 06:00:00 GMT\r\n"
    "Supported: path, outbound, gruu\r\n"
    "Server: registrar (5.6.3 (x86_64/linux))\r\n"
    "X-Node: registrar-7.site-2\r\n"
    "Content-Length: 0\r\n"
    "\r\n";

#endif
