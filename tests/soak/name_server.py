"""A DNS server of one name, whose addresses change while it runs."""
import socket
import struct
import threading

TTL = 5
A = 1
ANSWERS, NO_NAME = 0x8580, 0x8583


class NameServer(threading.Thread):
    def __init__(self, address, name, addresses):
        super().__init__(daemon=True)
        self.addresses = addresses
        self.labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 53))
        self.start()

    def answer(self, request):
        end = request.index(b"\0", 12) + 1
        kind = struct.unpack("!H", request[end:end + 2])[0]
        known = request[12:end].lower() == self.labels
        found = self.addresses if known and kind == A else []
        records = b"".join(struct.pack("!HHHIH", 0xC00C, A, 1, TTL, 4) + socket.inet_aton(one)
                           for one in found)
        head = struct.pack("!HHHHHH", struct.unpack("!H", request[:2])[0],
                           ANSWERS if known else NO_NAME, 1, len(found), 0, 0)
        return head + request[12:end + 4] + records

    def run(self):
        while True:
            request, sender = self.socket.recvfrom(2048)
            if len(request) > 16:
                self.socket.sendto(self.answer(request), sender)
