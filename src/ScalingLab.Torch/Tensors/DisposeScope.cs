namespace ScalingLab.Torch;

/// <summary>
/// Disposes every tensor that was made on this thread while it was the innermost scope, except those moved out or
/// detached. Scopes nest and belong to one thread: open and dispose one on the same thread.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    [ThreadStatic]
    private static DisposeScope? _innermost;

    private readonly List<torch.Tensor> _tensors = [];
    private readonly DisposeScope? _outer;
    private int _live;
    private bool _disposed;

    internal DisposeScope()
    {
        _outer = _innermost;
        _innermost = this;
    }

    internal static DisposeScope? Innermost => _innermost;

    /// <summary>How many tensors the scope would dispose now.</summary>
    public int DisposablesCount => _live;

    /// <summary>Whether the scope would dispose this tensor.</summary>
    public bool Contains(torch.Tensor disposable)
    {
        ArgumentNullException.ThrowIfNull(disposable);
        return disposable.Scope == this;
    }

    /// <summary>Takes a tensor into this scope, out of the one that held it.</summary>
    public torch.Tensor Attach(torch.Tensor disposable)
    {
        ArgumentNullException.ThrowIfNull(disposable);
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (disposable.Scope != this)
        {
            disposable.Scope?.Forget(disposable);
            Add(disposable);
        }
        return disposable;
    }

    /// <summary>Lets a tensor live beyond every scope: its owner disposes it.</summary>
    public torch.Tensor Detach(torch.Tensor disposable)
    {
        ArgumentNullException.ThrowIfNull(disposable);
        ObjectDisposedException.ThrowIf(_disposed, this);
        disposable.Scope?.Forget(disposable);
        return disposable;
    }

    /// <summary>Hands a tensor to the scope around this one, or to nobody where there is none.</summary>
    public torch.Tensor MoveToOuter(torch.Tensor disposable) =>
        _outer is null ? Detach(disposable) : _outer.Attach(disposable);

    /// <summary>Hands a tensor to another scope.</summary>
    public torch.Tensor MoveToOther(DisposeScope scope, torch.Tensor disposable)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return scope.Attach(disposable);
    }

    /// <summary>Disposes the scope's tensors now; the scope stays open.</summary>
    public void DisposeEverything()
    {
        foreach (var tensor in _tensors)
        {
            if (tensor.Scope == this)
            {
                tensor.Scope = null;
                tensor.Dispose();
            }
        }
        _tensors.Clear();
        _live = 0;
    }

    /// <summary>Disposes the scope's tensors and ends it, with every scope opened inside it and left open.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        while (_innermost is { } inner && inner != this && inner.IsInside(this))
            inner.Dispose();
        _disposed = true;
        if (_innermost == this)
            _innermost = _outer;
        DisposeEverything();
    }

    internal void Add(torch.Tensor tensor)
    {
        tensor.Scope = this;
        _tensors.Add(tensor);
        _live++;
        // A long-lived scope must not keep the shells of tensors that left it.
        if (_tensors.Count > 2 * _live + 256)
            _tensors.RemoveAll(t => t.Scope != this);
    }

    internal void Forget(torch.Tensor tensor)
    {
        tensor.Scope = null;
        _live--;
    }

    private bool IsInside(DisposeScope scope)
    {
        for (var s = _outer; s is not null; s = s._outer)
        {
            if (s == scope)
                return true;
        }
        return false;
    }
}
