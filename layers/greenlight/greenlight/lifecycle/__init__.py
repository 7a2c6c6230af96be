"""What ECS says and hears: the event, the reply, the state in hookDetails, the handler's wrapper."""
