namespace ScalingLab.Lab.Monitoring;

/// <summary>
/// Says when what is sent to an address begins to fail, and when it is heard again; each once, not for every try.
/// </summary>
/// <param name="to">The address, of which no more than server and port is said.</param>
/// <param name="say">Hears it.</param>
internal sealed class DeliveryLogHandler(Uri to, Action<string> say) : DelegatingHandler(new SocketsHttpHandler())
{
    private int _fails; // 1 while it does

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return Check(base.Send(request, cancellationToken));
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            OnFailure(e.Message);
            throw;
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return Check(await base.SendAsync(request, cancellationToken));
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            OnFailure(e.Message);
            throw;
        }
    }

    private HttpResponseMessage Check(HttpResponseMessage answer)
    {
        if (!answer.IsSuccessStatusCode) OnFailure($"it answered {(int)answer.StatusCode}");
        else if (Interlocked.Exchange(ref _fails, 0) == 1) say($"metrics are heard by {Authority} again");
        return answer;
    }

    private void OnFailure(string why)
    {
        if (Interlocked.Exchange(ref _fails, 1) == 0)
            say($"metrics cannot be sent to {Authority} ({why.TrimEnd('.')}); the next ones are tried");
    }

    private string Authority => to.GetLeftPart(UriPartial.Authority);
}
