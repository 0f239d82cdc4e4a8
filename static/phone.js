// The voice of one call, from the browser to the provider: microphone, connection, levels, what is known of it.
//
// What must hold here (the provider's contract): one offer is answered once, with all candidates in the answer and none after it, with one
// audio and nothing else; neither offer nor answer is changed on its way.
"use strict";

globalThis.Phone = class Phone {
  // Candidates are gathered for so long; what has not come by then is left out.
  static GATHERED_WITHIN_MS = 3000;

  // The microphone, or an error whose name says what is wrong with it.
  static async microphone(deviceId) {
    if (!navigator.mediaDevices) throw Object.assign(new Error("no secure context"), { name: "SecurityError" });
    const wanted = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
    const audio = (id) => navigator.mediaDevices.getUserMedia({ audio: id ? { ...wanted, deviceId: { exact: id } } : wanted });
    try {
      return await audio(deviceId);
    } catch (error) {
      // One that was chosen once and is not there any more.
      if (deviceId && ["OverconstrainedError", "NotFoundError"].includes(error.name)) return audio();
      throw error;
    }
  }

  constructor(stream, voice, onChange) {
    this.stream = stream;
    this.voice = voice;
    this.onChange = onChange;
    this.levels = { mine: Phone.meter(stream), theirs: () => 0 };
  }

  // Answers an offer; gives the answer's SDP.
  async answer(offer, ice) {
    const connection = new RTCPeerConnection(ice);
    this.connection = connection;
    connection.addEventListener("track", ({ track, streams }) => {
      if (this.ended) return;
      const stream = streams[0] ?? new MediaStream([track]);
      this.heard = stream;
      this.voice.srcObject = stream;
      this.voice.play?.().catch(() => {});
      this.levels.theirs = Phone.meter(stream);
      this.onChange();
    });
    connection.addEventListener("connectionstatechange", () => this.onChange());
    await connection.setRemoteDescription({ type: "offer", sdp: offer });
    for (const track of this.stream.getAudioTracks()) connection.addTrack(track, this.stream);
    await connection.setLocalDescription(await connection.createAnswer());
    await this.gathered();
    return connection.localDescription.sdp;
  }

  gathered() {
    const { connection } = this;
    return new Promise((resolve) => {
      const done = () => {
        if (connection.iceGatheringState !== "complete") return;
        clearTimeout(late);
        resolve();
      };
      const late = setTimeout(resolve, Phone.GATHERED_WITHIN_MS);
      connection.addEventListener("icegatheringstatechange", done);
      this.stopped = done;
      done();
    });
  }

  get state() {
    return this.connection?.connectionState ?? "new";
  }

  set muted(is) {
    for (const track of this.stream.getAudioTracks()) track.enabled = !is;
  }

  get muted() {
    return this.stream.getAudioTracks().every((track) => !track.enabled);
  }

  // Another microphone, in the same call.
  async replace(stream) {
    const { muted } = this;
    const [track] = stream.getAudioTracks();
    for (const sender of this.connection?.getSenders() ?? []) await sender.replaceTrack(track);
    for (const old of this.stream.getTracks()) old.stop();
    this.stream = stream;
    this.muted = muted;
    this.levels.mine = Phone.meter(stream);
  }

  end() {
    this.ended = true;
    for (const track of this.stream.getTracks()) track.stop();
    this.connection?.close();
    // Another call may have the voice by now.
    if (this.heard && this.voice.srcObject === this.heard) this.voice.srcObject = null;
  }

  // How the voice travels: codec, rates, loss, way. What is not known is absent.
  async session() {
    const report = await this.connection.getStats();
    const all = [...report.values()];
    const inbound = all.find((one) => one.type === "inbound-rtp" && one.kind === "audio");
    const codec = report.get(inbound?.codecId);
    const pair = all.find((one) => one.type === "candidate-pair" && one.nominated && one.state === "succeeded");
    const local = report.get(pair?.localCandidateId);
    const received = inbound?.packetsReceived ?? 0;
    const lost = inbound?.packetsLost ?? 0;
    const before = this.counted;
    this.counted = inbound && { bytes: inbound.bytesReceived, at: inbound.timestamp };
    const bitRate = before && inbound && inbound.timestamp > before.at ? ((inbound.bytesReceived - before.bytes) * 8) / (inbound.timestamp - before.at) : undefined;
    return {
      codec: codec?.mimeType?.replace("audio/", ""),
      // What the provider asks to be played at most, where it says so; else the codec's own.
      rate: Number(/maxplaybackrate=(\d+)/.exec(codec?.sdpFmtpLine ?? "")?.[1] ?? codec?.clockRate) || undefined,
      signalled: Number(/^b=AS:(\d+)/m.exec(this.connection.remoteDescription?.sdp ?? "")?.[1]) || undefined,
      bitRate,
      roundTripMs: pair?.currentRoundTripTime === undefined ? undefined : pair.currentRoundTripTime * 1000,
      lost: received + lost > 0 ? (lost / (received + lost)) * 100 : undefined,
      relayed: local?.candidateType === "relay",
      protocol: (local?.relayProtocol ?? local?.protocol)?.toUpperCase(),
    };
  }

  // How loud a stream is, from 0 to 1, whenever it is asked for.
  static meter(stream) {
    if (stream.getAudioTracks().length === 0) return () => 0;
    Phone.audio ??= new AudioContext();
    Phone.audio.resume?.().catch(() => {});
    const analyser = Phone.audio.createAnalyser();
    analyser.fftSize = 1024;
    Phone.audio.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    return () => {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      // From -60 dB to 0 dB.
      return Math.max(0, Math.min(1, 1 + Math.log10(power + 1e-12) / 6));
    };
  }
};
