"""Who calls, for trying out calls that are answered in a browser: a WebRTC peer that is not ours (aiortc).

usage: peer.py <address of the simulated provider's control> [seconds]

It has the provider begin a call with its offer, sends a tone of 440 Hz once it is answered, and says what it hears, as an object of JSON
per line on the standard output. A line `hangup` on the standard input ends the call; so does its end there.
"""

import asyncio
import array
import fractions
import json
import math
import sys
import urllib.error
import urllib.request

import av
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription

RATE = 48000
FRAME = RATE // 50
TONE = 440
CALLER = "5585900004900"
# The tones that are looked for in what is heard.
LISTENED = range(200, 2001, 20)


def say(**what):
    print(json.dumps(what), flush=True)


def ask(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read() or b"null")


class Tone(MediaStreamTrack):
    kind = "audio"

    def __init__(self):
        super().__init__()
        self.sent = 0
        self.began = None

    async def recv(self):
        loop = asyncio.get_event_loop()
        self.began = self.began or loop.time()
        await asyncio.sleep(max(0, self.began + self.sent / RATE - loop.time()))
        turn = 2 * math.pi * TONE / RATE
        samples = array.array("h", (int(12000 * math.sin(turn * (self.sent + n))) for n in range(FRAME)))
        frame = av.AudioFrame(format="s16", layout="mono", samples=FRAME)
        frame.planes[0].update(samples.tobytes())
        frame.sample_rate = RATE
        frame.pts = self.sent
        frame.time_base = fractions.Fraction(1, RATE)
        self.sent += FRAME
        return frame


def power(samples, hertz, rate):
    """Goertzel's algorithm: how much of one tone is in the samples."""
    turn = 2 * math.cos(2 * math.pi * hertz / rate)
    before, last = 0.0, 0.0
    for sample in samples:
        before, last = last, sample + turn * last - before
    return last * last + before * before - turn * last * before


async def listen(track):
    """Says twice a second how loud it is and which tone is the loudest."""
    heard = array.array("h")
    while True:
        frame = await track.recv()
        channels = len(frame.layout.channels)
        heard.extend(array.array("h", bytes(frame.planes[0])[: frame.samples * channels * 2])[::channels])
        if len(heard) < frame.sample_rate // 2:
            continue
        level = math.sqrt(sum(sample * sample for sample in heard) / len(heard))
        # One sample in six is enough for what is looked for.
        few = heard[::6]
        loudest = max(LISTENED, key=lambda hertz: power(few, hertz, frame.sample_rate / 6))
        say(**{"is": "heard", "hertz": loudest, "level": round(level)})
        heard = array.array("h")


async def main(control, seconds):
    loop = asyncio.get_event_loop()
    peer = RTCPeerConnection()
    peer.addTrack(Tone())
    heard = []
    peer.on("track", lambda track: heard.append(loop.create_task(listen(track))))
    peer.on("connectionstatechange", lambda: say(**{"is": "state", "state": peer.connectionState}))
    await peer.setLocalDescription(await peer.createOffer())
    offer = peer.localDescription.sdp
    begun = {"by_bot": False, "from": CALLER, "tag": "voz", "offer": offer}
    call = (await loop.run_in_executor(None, ask, f"{control}/control/calls", begun))["idCall"]
    say(**{"is": "calling", "call": call, "offer": offer})

    hung = loop.run_in_executor(None, sys.stdin.readline)
    ends = loop.time() + seconds
    answered = False
    while loop.time() < ends:
        if hung.done() and hung.result().strip() == "hangup":
            await loop.run_in_executor(None, ask, f"{control}/control/calls/{call}/hangup", {})
            hung = loop.run_in_executor(None, sys.stdin.readline)
        elif hung.done():
            break
        known = await loop.run_in_executor(None, ask, f"{control}/control/calls/{call}")
        if known["answer"] and not answered:
            answered = True
            await peer.setRemoteDescription(RTCSessionDescription(known["answer"], "answer"))
            say(**{"is": "answered", "answer": known["answer"], "accepts": known["accepts"]})
        if known["stage"] == "ended":
            say(**{"is": "ended"})
            break
        await asyncio.sleep(0.1)
    for task in heard:
        task.cancel()
    await peer.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1].rstrip("/"), float(sys.argv[2]) if len(sys.argv) > 2 else 60))
    # Whoever waits for a line from the standard input would keep the program.
    sys.stdout.flush()
    import os

    os._exit(0)
