"""Recordings: decoding, channels and voice activity."""

from scoring.audio.channels import ChannelLayout
from scoring.audio.recording import Recording, file_hash, is_recording, read_recording
from scoring.audio.signal import SAMPLE_RATE, FloatArray
from scoring.audio.voice import Region, VoiceDetector, energetic, find_speech, voice_chances

__all__ = [
    "SAMPLE_RATE",
    "ChannelLayout",
    "FloatArray",
    "Recording",
    "Region",
    "VoiceDetector",
    "energetic",
    "file_hash",
    "find_speech",
    "is_recording",
    "read_recording",
    "voice_chances",
]
