namespace ScalingLab.Evaluation.Tasks;

/// <summary>The shapes of task files that are read, in the order in which a file's fields are looked at.</summary>
public enum TaskKind
{
    /// <summary>HellaSwag: the right one of several endings (Zellers et al. 2019, arXiv 1905.07830).</summary>
    Hellaswag,

    /// <summary>ARC: questions of science (Clark et al. 2018, arXiv 1803.05457).</summary>
    Arc,

    /// <summary>SQuAD: the answer stands in the text (Rajpurkar et al. 2016, arXiv 1606.05250).</summary>
    Squad,

    /// <summary>PIQA: the right one of two ways to a goal (Bisk et al. 2020, arXiv 1911.11641).</summary>
    Piqa,

    /// <summary>Any question with choices.</summary>
    Choices,

    /// <summary>LAMBADA: the last word of a passage (Paperno et al. 2016, arXiv 1606.06031).</summary>
    Lambada,
}

/// <summary>One document of a task.</summary>
/// <param name="Line">The line of its file, from 1.</param>
public abstract record TaskDocument(int Line);

/// <summary>Which of several choices goes on with a text?</summary>
/// <param name="Line">As in <see cref="TaskDocument"/>.</param>
/// <param name="Context">The text.</param>
/// <param name="Choices">At least two, none empty; each follows the text after a space.</param>
/// <param name="Gold">The right one, from 0.</param>
public sealed record ChoiceDocument(int Line, string Context, IReadOnlyList<string> Choices, int Gold)
    : TaskDocument(Line);

/// <summary>Does a text go on like this?</summary>
/// <param name="Line">As in <see cref="TaskDocument"/>.</param>
/// <param name="Context">The text; may be empty.</param>
/// <param name="Continuation">What follows, with its space.</param>
public sealed record CompletionDocument(int Line, string Context, string Continuation) : TaskDocument(Line);

/// <summary>What is the answer?</summary>
/// <param name="Line">As in <see cref="TaskDocument"/>.</param>
/// <param name="Prompt">The text that ends with the question.</param>
/// <param name="Answers">Those that are right; none: there is no answer.</param>
public sealed record AnswerDocument(int Line, string Prompt, IReadOnlyList<string> Answers) : TaskDocument(Line);

/// <summary>A task as read from its file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Kind">Its shape.</param>
/// <param name="Documents">At least one, all of one type.</param>
public sealed record TaskFile(string Path, TaskKind Kind, IReadOnlyList<TaskDocument> Documents);
