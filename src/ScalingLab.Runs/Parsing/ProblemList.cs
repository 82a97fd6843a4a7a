namespace ScalingLab.Runs.Parsing;

/// <summary>Problems of several checks, told together.</summary>
public static class ProblemList
{
    /// <summary>Takes the problems of a check over.</summary>
    public static void Collect(this List<Problem> problems, Action check)
    {
        try
        {
            check();
        }
        catch (InputException e)
        {
            problems.AddRange(e.Problems);
        }
    }
}
