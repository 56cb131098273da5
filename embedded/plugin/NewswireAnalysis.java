package newswire.analysis;

import java.util.List;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.de.GermanLightStemFilter;
import org.apache.lucene.analysis.de.GermanMinimalStemFilter;
import org.apache.lucene.analysis.de.GermanNormalizationFilter;
import org.apache.lucene.analysis.en.EnglishMinimalStemFilter;
import org.apache.lucene.analysis.en.EnglishPossessiveFilter;
import org.apache.lucene.analysis.en.KStemFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.miscellaneous.ASCIIFoldingFilter;
import org.apache.lucene.analysis.miscellaneous.LengthFilter;
import org.apache.lucene.analysis.miscellaneous.RemoveDuplicatesTokenFilter;
import org.apache.lucene.analysis.miscellaneous.TrimFilter;
import org.apache.lucene.analysis.snowball.SnowballFilter;
import org.apache.lucene.analysis.util.ElisionFilter;
import org.elasticsearch.plugin.Inject;
import org.elasticsearch.plugin.NamedComponent;
import org.elasticsearch.plugin.analysis.TokenFilterFactory;
import org.elasticsearch.plugin.settings.AnalysisSettings;
import org.elasticsearch.plugin.settings.BooleanSetting;
import org.elasticsearch.plugin.settings.IntSetting;
import org.elasticsearch.plugin.settings.ListSetting;
import org.elasticsearch.plugin.settings.StringSetting;
import org.tartarus.snowball.ext.EnglishStemmer;
import org.tartarus.snowball.ext.GermanStemmer;

/**
 * Token filters that the minimal distribution lacks, under the names and settings that a full cluster's
 * module analysis-common gives them, so that one index template serves both.
 */
public final class NewswireAnalysis {
    private NewswireAnalysis() {}

    @NamedComponent("german_normalization")
    public static class GermanNormalization implements TokenFilterFactory {
        @Override
        public TokenStream create(TokenStream input) {
            return new GermanNormalizationFilter(input);
        }

        @Override
        public TokenStream normalize(TokenStream input) {
            return create(input);
        }
    }

    @AnalysisSettings
    public interface StemmerSettings {
        @StringSetting(path = "language", defaultValue = "porter")
        String language();
    }

    @NamedComponent("stemmer")
    public static class Stemmer implements TokenFilterFactory {
        private final String language;

        @Inject
        public Stemmer(StemmerSettings settings) {
            this.language = settings.language();
        }

        @Override
        public TokenStream create(TokenStream input) {
            return switch (language) {
                case "light_german", "lightGerman" -> new GermanLightStemFilter(input);
                case "minimal_german", "minimalGerman" -> new GermanMinimalStemFilter(input);
                case "german", "German", "german2", "German2" -> new SnowballFilter(input, new GermanStemmer());
                case "english", "English", "porter", "Porter" -> new PorterStemFilter(input);
                case "porter2", "Porter2" -> new SnowballFilter(input, new EnglishStemmer());
                case "light_english", "lightEnglish", "kstem", "KStem", "kStem" -> new KStemFilter(input);
                case "minimal_english", "minimalEnglish" -> new EnglishMinimalStemFilter(input);
                case "possessive_english", "possessiveEnglish" -> new EnglishPossessiveFilter(input);
                default -> throw new IllegalArgumentException(
                    "stemmer [" + language + "] needs a full cluster: this plugin has German's and English's only");
            };
        }
    }

    @AnalysisSettings
    public interface FoldingSettings {
        @BooleanSetting(path = "preserve_original", defaultValue = false)
        boolean preserveOriginal();
    }

    @NamedComponent("asciifolding")
    public static class AsciiFolding implements TokenFilterFactory {
        private final boolean preserveOriginal;

        @Inject
        public AsciiFolding(FoldingSettings settings) {
            this.preserveOriginal = settings.preserveOriginal();
        }

        @Override
        public TokenStream create(TokenStream input) {
            return new ASCIIFoldingFilter(input, preserveOriginal);
        }

        @Override
        public TokenStream normalize(TokenStream input) {
            return new ASCIIFoldingFilter(input, false);
        }
    }

    @AnalysisSettings
    public interface ElisionSettings {
        @ListSetting(path = "articles")
        List<String> articles();

        @BooleanSetting(path = "articles_case", defaultValue = false)
        boolean articlesCase();
    }

    @NamedComponent("elision")
    public static class Elision implements TokenFilterFactory {
        private final CharArraySet articles;

        @Inject
        public Elision(ElisionSettings settings) {
            this.articles = new CharArraySet(settings.articles(), settings.articlesCase());
        }

        @Override
        public TokenStream create(TokenStream input) {
            return new ElisionFilter(input, articles);
        }

        @Override
        public TokenStream normalize(TokenStream input) {
            return create(input);
        }
    }

    @AnalysisSettings
    public interface LengthSettings {
        @IntSetting(path = "min", defaultValue = 0)
        int min();

        @IntSetting(path = "max", defaultValue = Integer.MAX_VALUE)
        int max();
    }

    @NamedComponent("length")
    public static class Length implements TokenFilterFactory {
        private final int min;
        private final int max;

        @Inject
        public Length(LengthSettings settings) {
            this.min = settings.min();
            this.max = settings.max();
        }

        @Override
        public TokenStream create(TokenStream input) {
            return new LengthFilter(input, min, max);
        }
    }

    @NamedComponent("remove_duplicates")
    public static class RemoveDuplicates implements TokenFilterFactory {
        @Override
        public TokenStream create(TokenStream input) {
            return new RemoveDuplicatesTokenFilter(input);
        }
    }

    @NamedComponent("trim")
    public static class Trim implements TokenFilterFactory {
        @Override
        public TokenStream create(TokenStream input) {
            return new TrimFilter(input);
        }

        @Override
        public TokenStream normalize(TokenStream input) {
            return create(input);
        }
    }
}
