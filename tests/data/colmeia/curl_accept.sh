curl -X POST $CALL_API_URL \
  -H "Content-Type: application/json" \
  -H "Authorization: $CALL_API_TOKEN" \
  -d '{
        "event": "accept",
        "idCall": "xyz",
        "idConversation": "xyz",
        "rtcSession": {
            "type": "answer",
            "sdp": "v=0\r\no=- 123 2 IN IP4 127.0.0.1\r\n..."
        }
    }'
