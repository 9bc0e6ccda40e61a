// On Node 20 the AWS SDK prints eight lines about its releases of 2027 and later at every start. Our lock file pins
// the release, so the warning asks nothing of whoever starts the server. The SDK reads this when it makes a client.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
