namespace ScalingLab.Cli.Otlp;

/// <summary>
/// Says when what is sent to an address begins to fail, and when it is heard again; each once, not for every try.
/// </summary>
/// <param name="to">The address, of which no more than server and port is said.</param>
/// <param name="say">Hears it.</param>
internal sealed class HeardOrNot(Uri to, Action<string> say) : DelegatingHandler(new SocketsHttpHandler())
{
    private int _fails; // 1 while it does

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return Take(base.Send(request, cancellationToken));
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            Failed(e.Message);
            throw;
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return Take(await base.SendAsync(request, cancellationToken));
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            Failed(e.Message);
            throw;
        }
    }

    private HttpResponseMessage Take(HttpResponseMessage answer)
    {
        if (!answer.IsSuccessStatusCode) Failed($"it answered {(int)answer.StatusCode}");
        else if (Interlocked.Exchange(ref _fails, 0) == 1) say($"metrics are heard by {Shown} again");
        return answer;
    }

    private void Failed(string why)
    {
        if (Interlocked.Exchange(ref _fails, 1) == 0)
            say($"metrics cannot be sent to {Shown} ({why.TrimEnd('.')}); the next ones are tried");
    }

    private string Shown => to.GetLeftPart(UriPartial.Authority);
}
