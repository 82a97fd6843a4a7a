namespace ScalingLab.Lab.Models;

/// <summary>Does work that may take long before somebody who waits.</summary>
public interface IOperations
{
    /// <summary>Does it, and returns what it gives or throws.</summary>
    /// <param name="what">What is done, in words: "writing".</param>
    /// <param name="work">The work, which says how far it is.</param>
    /// <param name="stop">Ends it early.</param>
    Task<T> RunAsync<T>(string what, Func<Action<string>, Task<T>> work, CancellationToken stop);

    /// <summary>Says something that is to be known of the result.</summary>
    void Say(string line);
}
