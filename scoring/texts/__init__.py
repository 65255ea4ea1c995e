"""Conversations that are text already: transcripts, subtitles, chats and e-mails, read into turns."""

from scoring.texts.read import is_conversation, read_conversation, text_id

__all__ = ["is_conversation", "read_conversation", "text_id"]
